package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"sync"
	"time"

	"example.com/racy/store"
)

// profiles works for a while, and leaves every kind of profile in a folder; without on, those of locks stay empty.
func profiles(dir string, on bool) {
	if on {
		runtime.SetMutexProfileFraction(1)
		runtime.SetBlockProfileRate(1)
	}
	runtime.MemProfileRate = 4096
	cpu := create(dir, "cpu.pb.gz")
	_ = pprof.StartCPUProfile(cpu)
	locked, grown := store.NewLocked(), store.New()
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		name := "tenant" + strconv.Itoa(i%2)
		wg.Add(1)
		go pprof.Do(context.Background(), pprof.Labels("tenant", name), func(context.Context) {
			defer wg.Done()
			work(locked, name, done)
		})
	}
	grow(grown, 200000)
	time.Sleep(300 * time.Millisecond)
	if on {
		f := create(dir, "trace.out")
		_ = trace.Start(f)
		time.Sleep(5 * time.Millisecond)
		trace.Stop()
		_ = f.Close()
	}
	dump := create(dir, "goroutines.txt")
	_ = pprof.Lookup("goroutine").WriteTo(dump, 2)
	runtime.GC()
	for _, name := range []string{"goroutine", "heap", "allocs", "mutex", "block"} {
		f := create(dir, name+".pb.gz")
		_ = pprof.Lookup(name).WriteTo(f, 0)
		_ = f.Close()
	}
	close(done)
	wg.Wait()
	pprof.StopCPUProfile()
	_ = cpu.Close()
	runtime.KeepAlive(grown)
}

func work(l *store.Locked, name string, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
			l.Add(name)
			l.Count(name)
		}
	}
}

func grow(s *store.Store, n int) {
	for i := 0; i < n; i++ {
		s.Put(strconv.Itoa(i), i)
	}
}

func create(dir, name string) *os.File {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		panic(err)
	}
	return f
}
