// Signing and attesting, as `cosign sign --recursive` and `cosign attest --type custom` do it with a key and without a log.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/sigstore/cosign/v3/pkg/cosign/attestation"
	"github.com/sigstore/cosign/v3/pkg/cosign/bundle"
	dupes "github.com/sigstore/cosign/v3/pkg/cosign/remote"
	"github.com/sigstore/cosign/v3/pkg/oci"
	"github.com/sigstore/cosign/v3/pkg/oci/mutate"
	"github.com/sigstore/cosign/v3/pkg/oci/remote"
	"github.com/sigstore/cosign/v3/pkg/oci/static"
	"github.com/sigstore/cosign/v3/pkg/oci/walk"
	"github.com/sigstore/cosign/v3/pkg/types"
	proto "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	content "github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore/pkg/signature/payload"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

func sign(ctx context.Context, digest name.Digest, isNew bool) error {
	signOne := signOld
	if isNew {
		signOne = signNew
	}
	top, err := remote.SignedEntity(digest)
	if err != nil {
		return err
	}
	return walk.SignedEntity(ctx, top, func(ctx context.Context, entity oci.SignedEntity) error {
		hash, err := entity.(interface{ Digest() (v1.Hash, error) }).Digest()
		if err != nil {
			return err
		}
		return signOne(ctx, digest.Context().Digest(hash.String()), entity)
	})
}

func signOld(_ context.Context, digest name.Digest, entity oci.SignedEntity) error {
	signer, err := loadSigner()
	if err != nil {
		return err
	}
	said, err := payload.Cosign{Image: digest}.MarshalJSON()
	if err != nil {
		return err
	}
	signed, err := signer.SignMessage(bytes.NewReader(said))
	if err != nil {
		return err
	}
	layer, err := static.NewSignature(said, base64.StdEncoding.EncodeToString(signed))
	if err != nil {
		return err
	}
	entity, err = mutate.AttachSignatureToEntity(entity, layer, mutate.WithDupeDetector(dupes.NewDupeDetector(signer)))
	if err != nil {
		return err
	}
	return remote.WriteSignatures(digest.Repository, entity)
}

func signNew(ctx context.Context, digest name.Digest, _ oci.SignedEntity) error {
	hash, err := v1.NewHash(digest.DigestStr())
	if err != nil {
		return err
	}
	subject := intoto.ResourceDescriptor{
		Digest:      map[string]string{hash.Algorithm: hash.Hex},
		Annotations: &structpb.Struct{},
	}
	said, err := protojson.Marshal(&intoto.Statement{
		Type:          intoto.StatementTypeUri,
		Subject:       []*intoto.ResourceDescriptor{&subject},
		PredicateType: types.CosignSignPredicateType,
		Predicate:     &structpb.Struct{},
	})
	if err != nil {
		return err
	}
	signed, err := bundleOf(ctx, said)
	if err != nil {
		return err
	}
	return remote.WriteAttestationNewBundleFormat(digest, signed, types.CosignSignPredicateType)
}

func attest(ctx context.Context, digest name.Digest, isNew bool) error {
	predicate, err := os.Open("predicate.json")
	if err != nil {
		return err
	}
	defer predicate.Close()
	hash, err := v1.NewHash(digest.DigestStr())
	if err != nil {
		return err
	}
	statement, err := attestation.GenerateStatement(attestation.GenerateOpts{
		Predicate: predicate,
		Type:      "custom",
		Digest:    hash.Hex,
		Repo:      digest.Repository.String(),
	})
	if err != nil {
		return err
	}
	said, err := statement.MarshalJSON()
	if err != nil {
		return err
	}
	signed, err := bundleOf(ctx, said)
	if err != nil {
		return err
	}
	if isNew {
		return remote.WriteAttestationNewBundleFormat(digest, signed, attestation.CosignCustomProvenanceV01)
	}
	return attachOld(digest, signed)
}

// The envelope of a bundle as a layer under the older tag.
func attachOld(digest name.Digest, signed []byte) error {
	var parts proto.Bundle
	if err := protojson.Unmarshal(signed, &parts); err != nil {
		return err
	}
	envelope, err := json.Marshal(parts.GetDsseEnvelope())
	if err != nil {
		return err
	}
	layer, err := static.NewAttestation(
		envelope,
		static.WithLayerMediaType(types.DssePayloadType),
		static.WithAnnotations(map[string]string{"predicateType": attestation.CosignCustomProvenanceV01}),
	)
	if err != nil {
		return err
	}
	signer, err := loadSigner()
	if err != nil {
		return err
	}
	detector := mutate.WithDupeDetector(dupes.NewDupeDetector(signer))
	entity, err := mutate.AttachAttestationToEntity(remote.SignedUnknown(digest), layer, detector)
	if err != nil {
		return err
	}
	return remote.WriteAttestations(digest.Repository, entity)
}

// A bundle of a statement: signed with the key, in no log, without a timestamp.
func bundleOf(ctx context.Context, statement []byte) ([]byte, error) {
	signer, err := loadSigner()
	if err != nil {
		return nil, err
	}
	keys, err := newKeypair(signer)
	if err != nil {
		return nil, err
	}
	nobody := root.ServiceConfiguration{}
	services, err := root.NewSigningConfig(root.SigningConfigMediaType02, nil, nil, nil, nobody, nil, nobody)
	if err != nil {
		return nil, err
	}
	data := &content.DSSEData{Data: statement, PayloadType: types.IntotoPayloadType}
	return bundle.SignData(ctx, data, keys, "", nil, nil, services, nil, bundle.SignOptions{})
}
