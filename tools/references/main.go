// Says how distribution/reference reads each name: a JSON text a line in, a JSON object a line out, empty for a name
// that it refuses. The tests hold src/image/names/reference.ts against it.
package main

import (
	"bufio"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/json"
	"os"

	"github.com/distribution/reference"
)

type reading struct {
	Registry   string `json:"registry,omitempty"`
	Repository string `json:"repository,omitempty"`
	Tag        string `json:"tag,omitempty"`
	Digest     string `json:"digest,omitempty"`
	Familiar   string `json:"familiar,omitempty"`
}

func read(text string) reading {
	named, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return reading{}
	}
	result := reading{
		Registry:   reference.Domain(named),
		Repository: reference.Path(named),
		Familiar:   reference.FamiliarName(named),
	}
	if tagged, ok := named.(reference.Tagged); ok {
		result.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		result.Digest = digested.Digest().String()
	}
	return result
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1024*1024)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			panic(err)
		}
		line, err := json.Marshal(read(text))
		if err != nil {
			panic(err)
		}
		out.Write(append(line, '\n'))
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}
