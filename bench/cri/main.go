// The same server and the same client in Go, on Debian's grpc: what the figures of the TypeScript ones are held against.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/protobuf/proto"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Debian's grpc is built on the first protobuf module; newer ones use the second, so this one is made to.
type codec struct{}

func (codec) Name() string                          { return "proto" }
func (codec) Marshal(v interface{}) ([]byte, error) { return proto.Marshal(v.(proto.Message)) }
func (codec) Unmarshal(data []byte, v interface{}) error {
	return proto.Unmarshal(data, v.(proto.Message))
}

func init() { encoding.RegisterCodec(codec{}) }

type server struct {
	runtime.UnimplementedRuntimeServiceServer
	list *runtime.ListContainersResponse
}

func (s *server) Version(context.Context, *runtime.VersionRequest) (*runtime.VersionResponse, error) {
	return &runtime.VersionResponse{Version: "0.1.0", RuntimeName: "bench", RuntimeVersion: "1", RuntimeApiVersion: "v1"}, nil
}

func (s *server) ListContainers(context.Context, *runtime.ListContainersRequest) (*runtime.ListContainersResponse, error) {
	return s.list, nil
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve SOCKET LIST: answers until it is ended; LIST is a file with the bytes of a ListContainersResponse.
func serve(socket, list string) {
	bytes, err := os.ReadFile(list)
	check(err)
	response := &runtime.ListContainersResponse{}
	check(proto.Unmarshal(bytes, response))
	listener, err := net.Listen("unix", socket)
	check(err)
	s := grpc.NewServer()
	runtime.RegisterRuntimeServiceServer(s, &server{list: response})
	fmt.Println("ready")
	check(s.Serve(listener))
}

// cpu is what this process has used so far.
func cpu() time.Duration {
	var used syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// call SOCKET version|list IN_FLIGHT MILLISECONDS: prints calls a second, and microseconds of CPU a call.
func call(socket, what string, inFlight int, duration time.Duration) {
	connection, err := grpc.Dial("unix://"+socket, grpc.WithInsecure(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16<<20)))
	check(err)
	defer connection.Close()
	client := runtime.NewRuntimeServiceClient(connection)
	one := func() error {
		if what == "list" {
			_, err := client.ListContainers(context.Background(), &runtime.ListContainersRequest{})
			return err
		}
		_, err := client.Version(context.Background(), &runtime.VersionRequest{Version: "v1"})
		return err
	}
	run := func(duration time.Duration) (int64, time.Duration) {
		var done int64
		var group sync.WaitGroup
		begin := time.Now()
		for i := 0; i < inFlight; i++ {
			group.Add(1)
			go func() {
				defer group.Done()
				for time.Since(begin) < duration {
					check(one())
					atomic.AddInt64(&done, 1)
				}
			}()
		}
		group.Wait()
		return done, time.Since(begin)
	}
	run(duration / 2)
	before := cpu()
	calls, took := run(duration)
	used := cpu() - before
	fmt.Printf("%.1f %.1f\n", float64(calls)/took.Seconds(), used.Seconds()*1e6/float64(calls))
}

func main() {
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2], os.Args[3])
	case "call":
		inFlight, err := strconv.Atoi(os.Args[4])
		check(err)
		ms, err := strconv.Atoi(os.Args[5])
		check(err)
		call(os.Args[2], os.Args[3], inFlight, time.Duration(ms)*time.Millisecond)
	}
}
