// Validates configs against a JSON Schema with gojsonschema, as the validator of the specification does: what the
// figures of oci-spec are held against.
package main

import (
	"fmt"
	"os"

	"github.com/xeipuuv/gojsonschema"
)

func main() {
	if len(os.Args) < 3 {
		fail("usage: program SCHEMA CONFIG...")
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewReferenceLoader("file://" + os.Args[1]))
	if err != nil {
		fail(err)
	}
	status := 0
	for _, path := range os.Args[2:] {
		text, err := os.ReadFile(path)
		if err != nil {
			fail(err)
		}
		result, err := schema.Validate(gojsonschema.NewBytesLoader(text))
		if err != nil {
			fail(err)
		}
		for _, fault := range result.Errors() {
			fmt.Printf("%s: %s\n", path, fault)
			status = 1
		}
	}
	os.Exit(status)
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}
