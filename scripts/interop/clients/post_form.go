package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	address, way, rest := os.Args[1], os.Args[2], os.Args[3:]
	arguments := url.Values{}
	for at := 0; at < len(rest); at += 2 {
		arguments.Set(rest[at], rest[at+1])
	}

	var response *http.Response
	var err error
	if way == "get" {
		response, err = http.Get(address + "?" + arguments.Encode())
	} else {
		response, err = http.PostForm(address, arguments)
	}
	fail(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fail(err)
	fmt.Println(response.StatusCode)

	parameters, err := url.ParseQuery(string(body))
	fail(err)
	// A map has no order; the names are printed in the order of the body.
	for _, piece := range strings.Split(string(body), "&") {
		name, _, _ := strings.Cut(piece, "=")
		if name, err = url.QueryUnescape(name); err == nil && parameters.Has(name) {
			fmt.Printf("%s\t%s\n", name, parameters.Get(name))
		}
	}
	fmt.Printf("\n%s", body)
}
