// Racy does to a map what its first argument says, until the runtime ends it.
package main

import (
	"os"
	"strconv"

	"example.com/racy/store"
)

func main() {
	s := store.New()
	for i := 0; i < 1000; i++ {
		s.Put(strconv.Itoa(i), i)
	}
	switch os.Args[1] {
	case "profiles", "off":
		profiles(os.Args[2], os.Args[1] == "profiles")
	case "writes":
		go write(s)
		write(s)
	case "read":
		go write(s)
		for {
			s.Get("1")
		}
	case "iteration":
		go write(s)
		for {
			s.Sum()
		}
	}
}

func write(s *store.Store) {
	for i := 0; ; i++ {
		s.Put(strconv.Itoa(i%1000), i)
	}
}
