// Linkd is a small URL shortener.
package main

import (
	"log"
	"net/http"
	"time"

	"example.com/linkd/limit"
	"example.com/linkd/store"
	"example.com/linkd/visits"
	"example.com/linkd/web"
)

func main() {
	limiter := limit.New(20, time.Minute)
	defer limiter.Close()
	handler := web.New(store.New(), visits.New(), limiter)
	log.Fatal(http.ListenAndServe("localhost:8080", handler))
}
