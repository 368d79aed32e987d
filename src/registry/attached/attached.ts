// What is attached to digests of registries: listed by the referrers API or the fall-back index, or named by cosign's tags;
// then read and hashed like every manifest, and checked to belong where it was listed.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { inParallel, onceEach } from '../../base/flow/limit.ts';
import { TAG_OF_LISTS } from '../../image/manifest/fallback-index.ts';
import {
  type Attached,
  type AttachedEntry,
  cosignTags,
  fallbackTag,
  isAskedFor,
  kindsOf,
  MOST_ATTACHED,
  mayBeAskedFor,
  type ReferrerEntry,
  readReferrer,
  readReferrers,
  tooManyAttached,
} from '../../image/manifest/referrers.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, formatTag, type Name } from '../../image/names/reference.ts';
import type { RegistryClient } from '../client/client.ts';
import type { AttachedDoor, AttachedList, Attachments } from '../doors/attached.ts';

/** Read at once for one digest; the transport paces each host. */
const WIDTH = 8;

/** Types of configs, which say nothing of what they are the config of. */
const CONFIG = /^application\/vnd\.(?:oci\.empty|oci\.image\.config|docker\.container\.image)\.v1\+json$/;

type Client = Pick<RegistryClient, 'head' | 'get' | 'recall' | 'listTags' | 'listReferrers'>;

/**
 * Looks for what is attached. Each tag list, and each list of what is attached to a digest, is asked for once. `isCache`:
 * a repository that is read in place of another. Its list may have only what was pulled through it, so each tag is asked for.
 */
export function createAttached(client: Client, isCache: (name: Name) => boolean = () => false): AttachedDoor {
  const tagLists = new Map<string, Promise<ReadonlySet<string> | null>>();
  const listed = new Map<string, Promise<AttachedList>>();
  const tagsOf: TagsOf = async (name) =>
    isCache(name) ? null : onceEach(tagLists, formatName(name), () => readTags(client, name));
  const list = (name: Name, digest: Digest): Promise<AttachedList> =>
    onceEach(listed, lookUp(name, digest), () => listAttached(client, tagsOf, name, digest));
  const read: AttachedDoor['read'] = (...asked) => readAll(client, ...asked);
  return {
    list,
    listAgain: (name, digest) => listSubjects(client, name, digest, ANYWAY),
    read,
    attachedTo: async (name, digest, filter) =>
      read(name, digest, (await list(name, digest)).entries, filter),
  };
}

async function readAll(
  client: Client,
  ...[name, subject, entries, filter]: Parameters<AttachedDoor['read']>
): Promise<Attachments> {
  const asked = entries.filter((entry) => mayBeAskedFor(filter, entry));
  const read = await inParallel(asked, WIDTH, (entry) => readAttached(client, name, subject, entry));
  const found = read.filter((answer) => 'body' in answer);
  // Harbor lists what is attached by a tag of cosign's among the referrers, too.
  const known = new Set(found.map(({ body }) => body.digest));
  const dropped = read.filter((answer) => 'why' in answer).filter(({ digest }) => !known.has(digest));
  return {
    found: found.filter((attached) => isAskedFor(filter, attached)),
    dropped: dropped.map(({ why }) => why),
  };
}

/** The tags of a repository, so that those that are not there need no question; null where they cannot be listed. */
async function readTags(client: Client, name: Name): Promise<ReadonlySet<string> | null> {
  try {
    return new Set((await client.listTags(name)) ?? []);
  } catch (thrown) {
    // Whoever may pull may not always list: then each tag is asked for by its name.
    if (['cancelled', 'budget'].includes(asFailure(thrown).reason)) throw thrown;
    return null;
  }
}

type TagsOf = (name: Name) => Promise<ReadonlySet<string> | null>;

/** How a tag is asked for; null where its list says that there is none. What is listed and then denied is asked for again. */
type HowAsked = (tag: string) => { readonly confirm: boolean } | null;
const ANYWAY: HowAsked = () => ({ confirm: false });

async function listAttached(
  client: Client,
  tagsOf: TagsOf,
  name: Name,
  digest: Digest,
): Promise<AttachedList> {
  const tags = await tagsOf(name);
  const listed: HowAsked = (tag) => (tags?.has(tag) === true ? { confirm: true } : null);
  const how = tags === null ? ANYWAY : listed;
  const { entries, hasApi } = await listSubjects(client, name, digest, how);
  const byTag = await Promise.all(
    cosignTags(digest).map(async ({ tag, kind }): Promise<AttachedEntry | null> => {
      const options = how(tag);
      const head = options === null ? null : await client.head(name, tag, options);
      if (head === null || head.digest === digest) return null;
      // Some attestations are SBOMs: their layers tell.
      const isSure = kind !== 'attestations';
      return { digest: head.digest, attachment: { by: 'tag', tag }, types: [], kinds: [kind], isSure };
    }),
  );
  return { entries: [...entries, ...byTag.filter((entry) => entry !== null)], hasApi };
}

async function listSubjects(
  client: Client,
  name: Name,
  digest: Digest,
  how: HowAsked,
): Promise<AttachedList> {
  const api = await client.listReferrers(name, digest);
  const found = api ?? (await readFallback(client, name, digest, how(fallbackTag(digest))));
  return { entries: found.filter((entry) => entry.digest !== digest).map(entryOf), hasApi: api !== null };
}

function entryOf({ digest, artifactType, annotations }: ReferrerEntry): AttachedEntry {
  // Some registries list the type of the config, which of most attached manifests is the empty one.
  const types = artifactType === '' || CONFIG.test(artifactType) ? [] : [artifactType];
  const kinds = kindsOf(types, [annotations]);
  // What is listed without a type, or as a bundle without a word on what is in it, has to be read to be known.
  const isSure = types.length > 0 && kinds.length < 2;
  return { digest, attachment: { by: 'subject' }, types, kinds, isSure };
}

/** The list that is kept under a tag where a registry has no referrers API. OCI distribution-spec, "Referrers Tag Schema". */
async function readFallback(
  client: Client,
  name: Name,
  digest: Digest,
  options: { readonly confirm: boolean } | null,
): Promise<readonly ReferrerEntry[]> {
  const tag = fallbackTag(digest);
  const body = options === null ? null : await client.get(name, tag, options);
  if (body === null) return [];
  const entries = readReferrers(body.bytes);
  if (entries === null) {
    throw new Failure('corrupt', `${formatTag(name, tag)} is not a list of what is attached to ${digest}`, {
      hint: TAG_OF_LISTS,
    });
  }
  if (entries.length > MOST_ATTACHED) throw tooManyAttached(`${formatName(name)}@${digest}`);
  return entries;
}

/** A manifest that is attached; else why it is not. */
type Read = Attached | { readonly digest: Digest; readonly why: string };

/** Reads one manifest and checks that it belongs to `subject`; a tag of cosign's says so by its name. */
async function readAttached(
  client: Client,
  name: Name,
  subject: Digest,
  entry: AttachedEntry,
): Promise<Read> {
  const { attachment, digest } = entry;
  // Tags that share an image share what is attached to it.
  const body = client.recall(digest) ?? (await client.get(name, digest, { confirm: true }));
  const what = `${formatName(name)}@${digest} is listed as attached to ${subject}`;
  if (body === null) return { digest, why: `${what}, and is not there` };
  const { subject: named, types, annotations } = readReferrer(body);
  if (attachment.by === 'subject' && named !== subject) {
    return {
      digest,
      why: `${what}, but names ${named === null ? 'no subject' : `another subject, ${named}`}`,
    };
  }
  const kinds = kindsOf(types, annotations);
  return {
    subject,
    attachment,
    body,
    types,
    kinds: attachment.by === 'tag' ? union(entry.kinds, kinds) : kinds,
  };
}

function union<T>(first: readonly T[], second: readonly T[]): T[] {
  return [...new Set([...first, ...second])];
}
