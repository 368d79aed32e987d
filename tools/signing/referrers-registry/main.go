// A registry in memory that has the referrers API, which distribution has not: go-containerregistry's own, listening on
// loopback at the port of the first argument.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	quiet := log.New(os.Stderr, "", 0)
	handler := registry.New(registry.WithReferrersSupport(true), registry.Logger(quiet))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], handler))
}
