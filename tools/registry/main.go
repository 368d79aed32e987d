// The distribution registry, without the storage of clouds: no test and no benchmark stores anything there, and their SDKs are
// most of what cmd/registry has to build.
package main

import (
	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/auth/token"
	_ "github.com/distribution/distribution/v3/registry/proxy"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
)

func main() {
	// Its commands end the process themselves where they fail.
	_ = registry.RootCmd.Execute()
}
