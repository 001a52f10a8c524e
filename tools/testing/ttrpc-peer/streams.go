//go:build streams

package main

import (
	"context"
	"errors"
	"io"

	"github.com/containerd/ttrpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// largest is about what fits in a frame of 4 MiB with what is around it.
const largest = 4_194_200

func message(value []byte) *wrapperspb.BytesValue { return wrapperspb.Bytes(value) }

func data(m *wrapperspb.BytesValue) []byte { return m.Value }

func register(server *ttrpc.Server) {
	server.RegisterService(service, &ttrpc.ServiceDesc{
		Methods: map[string]ttrpc.Method{
			"Echo": func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
				request := message(nil)
				if err := unmarshal(request); err != nil {
					return nil, err
				}
				text, err := answer(ctx, request.Value)
				return message(text), err
			},
		},
		Streams: map[string]ttrpc.Stream{
			"Split":   {Handler: split, StreamingServer: true},
			"Join":    {Handler: join, StreamingClient: true},
			"Reverse": {Handler: reverse, StreamingClient: true, StreamingServer: true},
		},
	})
}

func split(ctx context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	request := message(nil)
	if err := stream.RecvMsg(request); err != nil {
		return nil, err
	}
	if len(request.Value) > 0 && request.Value[0] == '!' {
		if err := stream.SendMsg(message([]byte("first"))); err != nil {
			return nil, err
		}
		_, err := answer(ctx, request.Value)
		return nil, err
	}
	for _, one := range request.Value {
		if err := stream.SendMsg(message([]byte{one})); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func join(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	var all []byte
	for {
		request := message(nil)
		if err := stream.RecvMsg(request); errors.Is(err, io.EOF) {
			return message(all), nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, request.Value...)
	}
}

func reverse(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	for {
		request := message(nil)
		if err := stream.RecvMsg(request); errors.Is(err, io.EOF) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		turned := make([]byte, len(request.Value))
		for i, one := range request.Value {
			turned[len(turned)-1-i] = one
		}
		if err := stream.SendMsg(message(turned)); err != nil {
			return nil, err
		}
	}
}

func callStreams(ctx context.Context, client *ttrpc.Client) {
	receive := func(stream ttrpc.ClientStream) ([][]byte, error) {
		var all [][]byte
		for {
			response := message(nil)
			if err := stream.RecvMsg(response); errors.Is(err, io.EOF) {
				return all, nil
			} else if err != nil {
				return all, err
			}
			all = append(all, response.Value)
		}
	}
	open := func(method string, client_ bool, server bool, request []byte) ttrpc.ClientStream {
		var first interface{}
		if !client_ {
			first = message(request)
		}
		desc := &ttrpc.StreamDesc{StreamingClient: client_, StreamingServer: server}
		stream, err := client.NewStream(ctx, desc, service, method, first)
		if err != nil {
			panic(err)
		}
		return stream
	}
	answers, err := receive(open("Split", false, true, []byte("abc")))
	report("split", answers, err)
	answers, err = receive(open("Split", false, true, []byte("!error 9 not now")))
	report("split error", answers, err)

	joining := open("Join", true, false, nil)
	for _, text := range []string{"ab", "", "c"} {
		if err := joining.SendMsg(message([]byte(text))); err != nil {
			panic(err)
		}
	}
	if err := joining.CloseSend(); err != nil {
		panic(err)
	}
	response := message(nil)
	err = joining.RecvMsg(response)
	report("join", [][]byte{response.Value}, err)

	turning := open("Reverse", true, true, nil)
	answers = nil
	for _, text := range []string{"ab", "cde"} {
		if err := turning.SendMsg(message([]byte(text))); err != nil {
			panic(err)
		}
		response := message(nil)
		if err := turning.RecvMsg(response); err != nil {
			panic(err)
		}
		answers = append(answers, response.Value)
	}
	if err := turning.CloseSend(); err != nil {
		panic(err)
	}
	rest, err := receive(turning)
	report("reverse", append(answers, rest...), err)

	large := open("Reverse", true, true, nil)
	if err := large.SendMsg(message(make([]byte, largest))); err != nil {
		panic(err)
	}
	if err := large.CloseSend(); err != nil {
		panic(err)
	}
	answers, err = receive(large)
	report("4 MB both ways", answers, err)

	many := open("Reverse", true, true, nil)
	go func() {
		for i := 0; i < 2000; i++ {
			if err := many.SendMsg(message(make([]byte, 1000))); err != nil {
				return
			}
		}
		many.CloseSend()
	}()
	answers, err = receive(many)
	total := 0
	for _, one := range answers {
		total += len(one)
	}
	report("2000 both ways", [][]byte{make([]byte, total)}, err)
}
