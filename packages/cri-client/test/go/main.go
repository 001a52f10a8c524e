// A client of streaming URLs on the SPDY library that the kubelet and crictl use: what their users get from our server.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"

	"github.com/moby/spdystream"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// dial upgrades a connection to the URL.
func dial(address, version string) *spdystream.Connection {
	u, err := url.Parse(address)
	check(err)
	socket, err := net.Dial("tcp", u.Host)
	check(err)
	request, err := http.NewRequest("POST", address, nil)
	check(err)
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "SPDY/3.1")
	request.Header.Add("X-Stream-Protocol-Version", version)
	check(request.Write(socket))
	response, err := http.ReadResponse(bufio.NewReader(socket), request)
	check(err)
	if response.StatusCode != 101 {
		check(fmt.Errorf("status %d", response.StatusCode))
	}
	connection, err := spdystream.NewConnection(socket, false)
	check(err)
	go connection.Serve(spdystream.NoOpStreamHandler)
	return connection
}

// open creates a stream and waits for its reply, as the kubelet's library does.
func open(connection *spdystream.Connection, headers http.Header) *spdystream.Stream {
	stream, err := connection.CreateStream(headers, nil, false)
	check(err)
	check(stream.Wait())
	return stream
}

func read(stream *spdystream.Stream, group *sync.WaitGroup, into *string) {
	group.Add(1)
	go func() {
		defer group.Done()
		bytes, err := io.ReadAll(stream)
		check(err)
		*into = string(bytes)
	}()
}

// exec URL: carries its own input to the command, and prints what came back as JSON.
func exec(address string) {
	connection := dial(address, "v4.channel.k8s.io")
	named := func(name string) *spdystream.Stream {
		return open(connection, http.Header{"streamType": []string{name}})
	}
	status, stdin, stdout, stderr := named("error"), named("stdin"), named("stdout"), named("stderr")
	var out struct{ Stdout, Stderr, Status string }
	var group sync.WaitGroup
	read(stdout, &group, &out.Stdout)
	read(stderr, &group, &out.Stderr)
	read(status, &group, &out.Status)
	_, err := io.Copy(stdin, os.Stdin)
	check(err)
	check(stdin.Close())
	group.Wait()
	check(json.NewEncoder(os.Stdout).Encode(out))
}

// forward URL PORT: carries its own input to the port and prints what came back, three connections one after another.
func forward(address, port string) {
	connection := dial(address, "portforward.k8s.io")
	input, err := io.ReadAll(os.Stdin)
	check(err)
	for id := 0; id < 3; id++ {
		headers := func(kind string) http.Header {
			return http.Header{
				"streamType": []string{kind},
				"port":       []string{port},
				"requestID":  []string{strconv.Itoa(id)},
			}
		}
		failure := open(connection, headers("error"))
		check(failure.Close())
		data := open(connection, headers("data"))
		var answer, complaint string
		var group sync.WaitGroup
		read(data, &group, &answer)
		read(failure, &group, &complaint)
		// A connection that was refused is closed already; its complaint says so.
		_, _ = data.Write(input)
		_ = data.Close()
		group.Wait()
		fmt.Println(len(answer), answer == string(input), complaint)
	}
}

func main() {
	switch os.Args[1] {
	case "exec":
		exec(os.Args[2])
	case "forward":
		forward(os.Args[2], os.Args[3])
	}
}
