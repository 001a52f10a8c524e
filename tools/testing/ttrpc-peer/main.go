// A ttrpc peer in Go: serves, calls or measures a service with one method of each kind.
//
//	peer serve PATH            serves on a unix socket until its input ends; prints "ready" first
//	peer call PATH             calls every method of the service at PATH, prints one JSON object a call
//	peer bench PATH N SECONDS SIZE   N calls in flight; prints calls per second and latencies
//
// Built with -tags streams against a ttrpc that streams, without against one that is unary only.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const service = "ocikit.test.Streams"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: peer serve|call|bench PATH ...")
	}
	switch args[0] {
	case "serve":
		return serve(args[1])
	case "call":
		return call(args[1])
	case "bench":
		return bench(args[1], args[2:])
	}
	return fmt.Errorf("unknown command %q", args[0])
}

// What a request asks for in its text, so that one method shows every way a call can go.
func answer(ctx context.Context, text []byte) ([]byte, error) {
	word, rest, _ := strings.Cut(string(text), " ")
	switch word {
	case "!error":
		number, message, _ := strings.Cut(rest, " ")
		code, err := strconv.Atoi(number)
		if err != nil {
			return nil, err
		}
		return nil, status.Error(codes.Code(code), message)
	case "!plain-error":
		return nil, fmt.Errorf("%s", rest)
	case "!sleep":
		ms, err := strconv.Atoi(rest)
		if err != nil {
			return nil, err
		}
		select {
		case <-time.After(time.Duration(ms) * time.Millisecond):
			return []byte("slept"), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	case "!deadline":
		deadline, ok := ctx.Deadline()
		if !ok {
			return []byte("none"), nil
		}
		return []byte(strconv.FormatInt(int64(time.Until(deadline)/time.Millisecond), 10)), nil
	case "!metadata":
		value, ok := ttrpc.GetMetadataValue(ctx, rest)
		if !ok {
			return []byte("none"), nil
		}
		return []byte(value), nil
	case "!large":
		size, err := strconv.Atoi(rest)
		if err != nil {
			return nil, err
		}
		return make([]byte, size), nil
	}
	return text, nil
}

func serve(path string) error {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	register(server)
	go server.Serve(context.Background(), listener)
	fmt.Println("ready")
	// Ends with its parent, whose end of the pipe closes.
	bufio.NewReader(os.Stdin).ReadByte()
	return server.Close()
}

type outcome struct {
	Call    string   `json:"call"`
	Code    string   `json:"code"`
	Message string   `json:"message,omitempty"`
	Length  int      `json:"length"`
	Texts   []string `json:"texts,omitempty"`
}

func report(name string, answers [][]byte, err error) {
	result := outcome{Call: name, Code: status.Code(err).String()}
	if err != nil {
		if s, ok := status.FromError(err); ok {
			result.Message = s.Message()
		} else {
			result.Message = err.Error()
		}
	}
	for _, one := range answers {
		result.Length += len(one)
		if len(one) < 100 {
			result.Texts = append(result.Texts, string(one))
		}
	}
	line, _ := json.Marshal(result)
	fmt.Println(string(line))
}

func call(path string) error {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	client := ttrpc.NewClient(conn)
	defer client.Close()
	echo := func(ctx context.Context, name string, text []byte) {
		response := message(nil)
		err := client.Call(ctx, service, "Echo", message(text), response)
		report(name, [][]byte{data(response)}, err)
	}
	ctx := context.Background()
	echo(ctx, "echo", []byte("hello"))
	echo(ctx, "empty", nil)
	echo(ctx, "error", []byte("!error 5 no such thing"))
	echo(ctx, "plain error", []byte("!plain-error went wrong"))
	echo(ttrpc.WithMetadata(ctx, ttrpc.MD{"who": []string{"go"}}), "metadata", []byte("!metadata who"))
	echo(ctx, "4 MB there", make([]byte, 4194200))
	echo(ctx, "4 MB back", []byte("!large 4194200"))
	echo(ctx, "too large there", make([]byte, 4194305))
	echo(ctx, "too large back", []byte("!large 4194304"))
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	echo(short, "deadline", []byte("!sleep 5000"))
	cancel()
	response := message(nil)
	err = client.Call(ctx, service, "Missing", message(nil), response)
	report("unknown method", nil, err)
	err = client.Call(ctx, "ocikit.test.Missing", "Echo", message(nil), response)
	report("unknown service", nil, err)

	var group sync.WaitGroup
	failures := make(chan error, 500)
	for i := 0; i < 500; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			text := []byte(strconv.Itoa(i))
			response := message(nil)
			if err := client.Call(ctx, service, "Echo", message(text), response); err != nil {
				failures <- err
			} else if string(data(response)) != string(text) {
				failures <- fmt.Errorf("call %d got %q", i, data(response))
			}
		}(i)
	}
	group.Wait()
	close(failures)
	report("500 at once", nil, <-failures)
	callStreams(ctx, client)
	return nil
}

func bench(path string, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: peer bench PATH N SECONDS SIZE")
	}
	inFlight, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseFloat(args[1], 64)
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	client := ttrpc.NewClient(conn)
	defer client.Close()
	payload := make([]byte, size)
	ctx := context.Background()
	until := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	start := time.Now()
	latencies := make([][]float64, inFlight)
	var group sync.WaitGroup
	failed := make(chan error, inFlight)
	for worker := 0; worker < inFlight; worker++ {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			for time.Now().Before(until) {
				began := time.Now()
				response := message(nil)
				if err := client.Call(ctx, service, "Echo", message(payload), response); err != nil {
					failed <- err
					return
				}
				latencies[worker] = append(latencies[worker], float64(time.Since(began))/1e3)
			}
		}(worker)
	}
	group.Wait()
	elapsed := time.Since(start).Seconds()
	select {
	case err := <-failed:
		return err
	default:
	}
	all := []float64{}
	for _, one := range latencies {
		all = append(all, one...)
	}
	sort.Float64s(all)
	line, _ := json.Marshal(map[string]float64{
		"callsPerSecond": float64(len(all)) / elapsed,
		"p50Us":          all[len(all)/2],
		"p99Us":          all[len(all)*99/100],
		"cpus":           float64(runtime.NumCPU()),
	})
	fmt.Println(string(line))
	return nil
}
