// Verifying, as `cosign verify` and `cosign verify-attestation --type custom` do it with a key and without a log.
package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/cosign/v3/pkg/cosign/attestation"
	"github.com/sigstore/cosign/v3/pkg/oci"
)

func verifySignature(ctx context.Context, digest name.Digest, isNew bool) error {
	terms, err := terms(isNew)
	if err != nil {
		return err
	}
	if isNew {
		// A bundle holds a statement always, of a signature too.
		_, _, err = cosign.VerifyImageAttestations(ctx, digest, terms)
		return err
	}
	terms.ClaimVerifier = cosign.SimpleClaimVerifier
	_, _, err = cosign.VerifyImageSignatures(ctx, digest, terms)
	return err
}

func verifyAttestation(ctx context.Context, digest name.Digest, isNew bool) error {
	terms, err := terms(isNew)
	if err != nil {
		return err
	}
	verified, _, err := cosign.VerifyImageAttestations(ctx, digest, terms)
	if err != nil {
		return err
	}
	for _, one := range verified {
		kind, err := predicateTypeOf(one)
		if err != nil {
			return err
		}
		if kind == attestation.CosignCustomProvenanceV01 {
			return nil
		}
	}
	return errors.New("none of the attestations has the predicate type custom")
}

func terms(isNew bool) (*cosign.CheckOpts, error) {
	verifier, err := loadVerifier()
	if err != nil {
		return nil, err
	}
	return &cosign.CheckOpts{
		SigVerifier:     verifier,
		IgnoreTlog:      true,
		NewBundleFormat: isNew,
		ClaimVerifier:   cosign.IntotoSubjectClaimVerifier,
	}, nil
}

func predicateTypeOf(verified oci.Signature) (string, error) {
	text, err := verified.Payload()
	if err != nil {
		return "", err
	}
	var envelope dsse.Envelope
	if err := json.Unmarshal(text, &envelope); err != nil {
		return "", err
	}
	said, err := envelope.DecodeB64Payload()
	if err != nil {
		return "", err
	}
	var statement attestation.Statement
	if err := statement.UnmarshalJSON(said); err != nil {
		return "", err
	}
	return statement.PredicateType, nil
}
