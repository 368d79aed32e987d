// The key of a team, as sigstore-go wants to have it; cosign's own form of this is internal to it.
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"

	common "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// An ECDSA key on P-256, which is what cosign makes.
type keypair struct {
	signature.SignerVerifier
	public crypto.PublicKey
	hint   []byte
}

func newKeypair(signer signature.SignerVerifier) (*keypair, error) {
	public, err := signer.PublicKey()
	if err != nil {
		return nil, err
	}
	encoded, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(encoded)
	hint := []byte(base64.StdEncoding.EncodeToString(hash[:]))
	return &keypair{SignerVerifier: signer, public: public, hint: hint}, nil
}

func (k *keypair) GetHashAlgorithm() common.HashAlgorithm { return common.HashAlgorithm_SHA2_256 }

func (k *keypair) GetSigningAlgorithm() common.PublicKeyDetails {
	return common.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256
}

func (k *keypair) GetHint() []byte { return k.hint }

func (k *keypair) GetKeyAlgorithm() string { return "ECDSA" }

func (k *keypair) GetPublicKey() crypto.PublicKey { return k.public }

func (k *keypair) GetPublicKeyPem() (string, error) {
	text, err := cryptoutils.MarshalPublicKeyToPEM(k.public)
	return string(text), err
}

func (k *keypair) SignData(_ context.Context, data []byte) ([]byte, []byte, error) {
	digest := sha256.Sum256(data)
	signed, err := k.SignMessage(bytes.NewReader(data))
	return signed, digest[:], err
}
