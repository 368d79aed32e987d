// Signs and verifies images with cosign's own library: its keys, payloads, statements, bundles, requests to registries and
// verdicts. What is left out is the command line around it, with Kubernetes, the key services of four clouds and two policy
// languages, which would take minutes to build. Offline, with a key pair without a password in the working directory:
//
//	signer keys
//	signer sign old|new REFERENCE            the images of an index too
//	signer attest old|new REFERENCE          says what predicate.json says, of one digest
//	signer verify-signature old|new REFERENCE
//	signer verify-attestation old|new REFERENCE
//
// Old: layers under a tag of their own. New: bundles that name their subject. The steps are those of cmd/cosign/cli.
package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

const (
	privateKey = "cosign.key"
	publicKey  = "cosign.pub"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	if len(words) == 1 && words[0] == "keys" {
		return makeKeys()
	}
	if len(words) != 3 || (words[1] != "old" && words[1] != "new") {
		return errors.New("wanted: keys, or sign, attest, verify-signature or verify-attestation, then old or new, and a reference")
	}
	digest, err := name.NewDigest(words[2])
	if err != nil {
		return err
	}
	ctx, isNew := context.Background(), words[1] == "new"
	switch words[0] {
	case "sign":
		return sign(ctx, digest, isNew)
	case "attest":
		return attest(ctx, digest, isNew)
	case "verify-signature":
		return verifySignature(ctx, digest, isNew)
	case "verify-attestation":
		return verifyAttestation(ctx, digest, isNew)
	}
	return fmt.Errorf("unknown: %s", words[0])
}

func noPassword(bool) ([]byte, error) { return nil, nil }

func makeKeys() error {
	keys, err := cosign.GenerateKeyPair(noPassword)
	if err != nil {
		return err
	}
	if err := os.WriteFile(privateKey, keys.PrivateBytes, 0o600); err != nil {
		return err
	}
	return os.WriteFile(publicKey, keys.PublicBytes, 0o644)
}

func loadSigner() (signature.SignerVerifier, error) {
	text, err := os.ReadFile(privateKey)
	if err != nil {
		return nil, err
	}
	return cosign.LoadPrivateKey(text, nil, nil)
}

func loadVerifier() (signature.Verifier, error) {
	text, err := os.ReadFile(publicKey)
	if err != nil {
		return nil, err
	}
	key, err := cryptoutils.UnmarshalPEMToPublicKey(text)
	if err != nil {
		return nil, err
	}
	return signature.LoadVerifier(key, crypto.SHA256)
}
