// What a signature is said to be about: the digest in the payload that was signed. Nobody but the signer wrote a payload
// whose signature holds, and yet it is read strictly: what could be read in two ways counts as nothing.

import { asObject } from '../../base/text/json.ts';
import { type Digest, isDigest } from '../names/digest.ts';

/** The media type of the payload in a bundle: DSSE envelopes may hold anything. in-toto, spec/v1/envelope.md */
const STATEMENT_PAYLOAD = 'application/vnd.in-toto+json';

const STATEMENTS = ['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'];
/** What `cosign sign` says of an image. Everything else is said of it by whoever attests something. */
const SIGNED = 'https://sigstore.dev/cosign/sign/v1';
const SIMPLE_SIGNING = 'cosign container image signature';
/** Keys may lie no deeper, and a statement has no more subjects. */
const MOST_SUBJECTS = 1_000;

/** What was signed: `digests` are those of the image, or `why` it is no signature of an image. */
export type SignedClaim = { readonly digests: readonly Digest[] } | { readonly why: string };

/** Reads the payload of cosign's older signatures. cosign, specs/SIGNATURE_SPEC.md, "Simple Signing". */
export function readSimpleSigning(payload: Uint8Array): SignedClaim {
  const critical = asObject(parseStrictly(payload)?.critical);
  if (critical === null) return { why: 'its payload cannot be read' };
  if (critical.type !== SIMPLE_SIGNING) return { why: 'its payload is not that of an image signature' };
  const digest = asObject(critical.image)?.['docker-manifest-digest'];
  if (typeof digest !== 'string' || !isDigest(digest)) return { why: 'its payload names no digest' };
  return { digests: [digest] };
}

/** Reads the statement in a bundle. in-toto, spec/v1/statement.md; cosign's newer signatures */
export function readStatement(payloadType: string, payload: Uint8Array): SignedClaim {
  if (payloadType !== STATEMENT_PAYLOAD) return { why: 'what it signs is not a statement about an image' };
  const statement = parseStrictly(payload);
  if (statement === null || !STATEMENTS.includes(String(statement._type))) {
    return { why: 'its statement cannot be read' };
  }
  if (statement.predicateType !== SIGNED) return { why: 'it attests something and is not a signature' };
  const { subject } = statement;
  if (!Array.isArray(subject) || subject.length > MOST_SUBJECTS)
    return { why: 'its statement names no image' };
  const digests = subject.flatMap((each) => digestsOf(asObject(asObject(each)?.digest)));
  return digests.length === 0 ? { why: 'its statement names no digest' } : { digests };
}

function digestsOf(set: Readonly<Record<string, unknown>> | null): Digest[] {
  return ['sha256', 'sha512'].map((algorithm) => `${algorithm}:${set?.[algorithm]}`).filter(isDigest);
}

/** The object that UTF-8 JSON holds; null where it is not one, or where an object has a key twice. */
function parseStrictly(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    let keys = 0;
    const value: unknown = JSON.parse(text, (_key, inner: unknown) => {
      keys += asObject(inner) === null ? 0 : Object.keys(inner as object).length;
      return inner;
    });
    const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(
      ([, colon]) => colon !== undefined,
    );
    return written.length === keys ? asObject(value) : null;
  } catch {
    return null;
  }
}
