// Measure runs a command, its output thrown away, and prints what it cost as one line of JSON.
//
// CPU is that of the command and of every child it waited for. The peak is, where there is /proc, the largest sum of
// resident memory over the command and its descendants seen at one time; elsewhere that of the largest single process.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// Cost is in seconds and bytes.
type Cost struct {
	Code int     `json:"code"`
	CPU  float64 `json:"cpu"`
	Wall float64 `json:"wall"`
	Peak int64   `json:"peak"`
}

// pause is how long a peak may last without being seen.
const pause = 10 * time.Millisecond

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: measure command [argument…]")
		os.Exit(2)
	}
	cost, err := measure(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := json.NewEncoder(os.Stdout).Encode(cost); err != nil {
		os.Exit(2)
	}
}

func measure(argv []string) (Cost, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return Cost{}, err
	}
	stop, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- watch(cmd.Process.Pid, stop) }()
	err := cmd.Wait()
	wall := time.Since(start)
	close(stop)
	cost := Cost{Code: cmd.ProcessState.ExitCode(), Wall: wall.Seconds(), Peak: <-peak}
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		return Cost{}, err
	}
	if cost.Code > 1 || cost.Code < 0 { // 1 is how checkers say that there are findings
		os.Stderr.Write(stderr.Bytes())
	}
	cost.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		unit := int64(1024)
		if runtime.GOOS == "darwin" {
			unit = 1
		}
		cost.Peak = max(cost.Peak, int64(usage.Maxrss)*unit)
	}
	return cost, nil
}

// watch looks again and again until stop is closed.
func watch(root int, stop <-chan struct{}) int64 {
	var peak int64
	for {
		peak = max(peak, resident(root))
		select {
		case <-stop:
			return peak
		case <-time.After(pause):
		}
	}
}

// resident adds up the memory of a process and its descendants; 0 without /proc.
func resident(root int) int64 {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	parent, pages := map[int]int{}, map[int]int64{}
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		// proc(5): pid (command) state ppid …; resident pages are field 24. A command may hold spaces and parentheses.
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if len(fields) < 22 {
			continue
		}
		parent[pid], _ = strconv.Atoi(string(fields[1]))
		pages[pid], _ = strconv.ParseInt(string(fields[21]), 10, 64)
	}
	var sum int64
	for pid := range parent {
		for at := pid; at > 1; at = parent[at] {
			if at == root {
				sum += pages[pid]
				break
			}
		}
	}
	return sum * int64(os.Getpagesize())
}
