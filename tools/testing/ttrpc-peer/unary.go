//go:build !streams

package main

import (
	"context"

	"github.com/containerd/ttrpc"
	"github.com/gogo/protobuf/types"
)

func message(value []byte) *types.BytesValue { return &types.BytesValue{Value: value} }

func data(m *types.BytesValue) []byte { return m.Value }

func register(server *ttrpc.Server) {
	server.Register(service, map[string]ttrpc.Method{
		"Echo": func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
			request := message(nil)
			if err := unmarshal(request); err != nil {
				return nil, err
			}
			text, err := answer(ctx, request.Value)
			return message(text), err
		},
	})
}

func callStreams(context.Context, *ttrpc.Client) {}
