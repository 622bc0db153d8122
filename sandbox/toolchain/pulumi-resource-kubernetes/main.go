// Pulumi's official Kubernetes provider plugin, started as its own main does.
//
// That main cannot be built from outside its repository: it embeds two files which `go generate`
// makes there and the module does not carry. They are the module's own schema.json and
// terraform-mapping.json, so the build lays those beside this file.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", "4.25.0", schema, terraformMapping)
}
