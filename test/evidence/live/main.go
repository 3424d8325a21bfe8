// Live is a service that looks as if it raced, and has a map that only grows.
package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

var (
	mu   sync.Mutex
	seen = map[int][4]int{}
)

func main() {
	for i := 0; i < 2; i++ {
		go count(&meter{last: map[string]sample{}}, new(sample))
	}
	go remember()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	panic(http.Serve(l, nil))
}

// sample is large: its copy takes long, and the runtime looks for other writers before that alone.
type sample [8 << 20]int64

// meter is one for each goroutine, which a dump cannot tell: a real race would end the program at any moment.
type meter struct {
	last map[string]sample
}

func count(m *meter, s *sample) {
	for {
		m.last["cpu"] = *s
	}
}

func remember() {
	for n := 0; ; {
		mu.Lock()
		for i := 0; i < 2000; i++ {
			seen[n] = [4]int{n}
			n++
		}
		mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
}
