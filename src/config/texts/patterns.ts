// What texts of a config look like, as regular expressions for editors. They may let pass what the parser refuses (two
// texts that contradict each other are beyond them), but never refuse what it takes.

const PORT = '(?::0*(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5]))?';
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const HOST = `(?:${LABEL}(?:\\.${LABEL})*|\\[[A-Fa-f0-9:]+\\])${PORT}`;
// Docker's rule: what has a dot or a colon in it, or is localhost, is a host and not a part of a repository.
const NAMED_HOST = `(?=[^/]*[.:]|[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt](?:/|$))${HOST}`;
const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REPOSITORY_TEXT = `${PART}(?:/${PART})*`;
// A name has at most 255 characters, a template a few more.
const SHORT = '(?![A-Za-z0-9._/{}-]{281})';
const NAME = `${SHORT}(?:${NAMED_HOST}/)?${REPOSITORY_TEXT}`;
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const NUMBER = '(?<![A-Z0-9])N(?![A-Za-z0-9])';
const LITERAL = `(?![^,]*${NUMBER})${TAG}`;
// A glob has one of * ? [ in it; a bracket may hold anything but a comma.
const GLOB = '(?=[^,]*[*?[])(?:[A-Za-z0-9._*?-]|\\[!?\\]?[^\\],]*\\]){1,256}';
const WISH = `\\s*(?:${LITERAL}(?=\\s*(?:,|$))|${GLOB}(?=\\s*(?:,|$)))\\s*`;
const DIGEST = '(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})';
const ATTACHED = '\\s*(?:signatures|attestations|sboms|[A-Za-z0-9][^\\s,/]*/[A-Za-z0-9][^\\s,/]*)\\s*';
const ACTION = '\\s*(?:report|issue|pull-request|mirror)\\s*';

/** A host of a registry, with or without a port. */
export const HOST_PATTERN = `^${HOST}$`;
/** A host, or `*` for every one. */
export const UPSTREAM_PATTERN = `^(?:\\*|${HOST})$`;
/** Where an upstream is read: a host, a path, a template; or nothing. */
export const THROUGH_PATTERN = `^${SHORT}(?:${HOST}(?:/${PART})*(?:/\\{registry\\}/\\{repository\\}|/\\{repository\\})?)?$`;
/** One tag, one glob, or a comma list of them. */
export const TAGS_PATTERN = `^${WISH}(?:,${WISH})*$`;
/** A repository without tag and digest. */
export const SOURCE_PATTERN = `^(?!\\s)${NAME}$`;
/** One reference with its tag. */
export const REFERENCE_PATTERN = `^${NAME}:(?!.*${NUMBER})${TAG}(?:@${DIGEST})?$`;
/** One reference, with or without a tag and a digest. */
export const LOOSE_REFERENCE_PATTERN = `^${NAME}(?::${TAG})?(?:@${DIGEST})?$`;
/** One digest. */
export const DIGEST_PATTERN = `^${DIGEST}$`;
/** A registry and a prefix on it. */
export const MIRROR_PATTERN = `^${SHORT}${NAMED_HOST}(?:/${PART})*$`;
/** A path below the prefix, with a placeholder for the upstream. */
export const MIRROR_PATH_PATTERN = `^${SHORT}(?=.*\\{(?:repository|name)\\})(?:[a-z0-9._/-]|\\{(?:repository|registry|name)\\})+$`;
/** A repository that is written out. */
export const REPOSITORY_PATTERN = `^${SHORT}${REPOSITORY_TEXT}$`;
/** `none`, `all`, or a comma list of kinds of attached manifests and of artifact types. */
export const REFERRERS_PATTERN = `^(?:\\s*(?:none|all)\\s*|${ATTACHED}(?:,${ATTACHED})*)$`;
/** What new tags lead to. */
export const NEW_TAGS_PATTERN = `^(?:\\s*ignore\\s*|${ACTION}(?:,${ACTION})*)$`;
/** A template with the tag and something that tells platforms apart. */
export const PLATFORM_TAGS_PATTERN =
  '^(?=.*\\{tag\\})(?=.*\\{(?:arch|machine)\\})(?:[A-Za-z0-9_.-]|\\{(?:tag|arch|machine|os)\\})+$';
/** A version or a tag that begins with one. */
export const VERSION_PATTERN =
  '^[Vv]?\\d+(?:\\.\\d+)*(?:[_.~]?[A-Za-z]{1,7}[._]?\\d*)?(?:_\\d+|[Uu]\\d+)*(?:-|$)';
/** A form with N for a number. */
export const FORM_PATTERN = `^(?=.*${NUMBER})${TAG}$`;
/** At most `most` words with commas between them, each of at most `length` characters. */
export function wordsPattern(length: number, most: number): string {
  const word = `\\s*[^,\\s](?:[^,]{0,${length - 2}}[^,\\s])?\\s*`;
  return `^${word}(?:,${word}){0,${most - 1}}$`;
}

/** A text with something in it. */
export const FILLED_PATTERN = '\\S';
/** A path, or a pattern over paths, below the root of the workspace and outside of .git. */
export const PATH_PATTERN =
  '^(?!/|[A-Za-z]:)(?!(?:[\\s\\S]*/)?\\.\\.(?:/|$))(?!(?:[\\s\\S]*/)?\\.[Gg][Ii][Tt](?:/|$))(?=[\\s\\S]*(?:[^\\s./]|\\.\\.))[^\\\\]{1,256}$';
/** The address of an issuer. */
export const ISSUER_PATTERN = '^https?://[^*\\s]+$';
/** An identity that is written in full. */
export const IDENTITY_PATTERN = '^[!-)+-~]+$';
/** A pattern over identities: an address has its host and owner written out, a mail address all that follows the @. */
export const IDENTITIES_PATTERN =
  '^(?=.*\\*)(?!.*\\.[*+])(?!.*[\\^$\\\\()|\\[\\]{}\\s])(?:https?://[^/*@]+/[^/*@]+/.*|(?!https?:)[a-z][a-z0-9+.-]*://[^/*@]+/.*|(?!.*\\*\\*)[^@/]+@[^@*/]+\\.[^@*/]+)$';
/** How long ago: days, hours and minutes. */
export const AGE_PATTERN = '^(?=.*[1-9])(?=\\d)(?:\\d{1,4}d)?(?:\\d{1,5}h)?(?:\\d{1,6}m)?$';

/** `[os/]architecture[/variant][:build]` with one of these architectures, in any case; without anchors. */
export function platformPattern(architectures: readonly string[]): string {
  const names = architectures.map((name) =>
    name.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`),
  );
  const word = '[A-Za-z0-9][A-Za-z0-9_.-]*';
  return `(?:${word}/)?(?:${names.join('|')})(?:/${word})?(?::\\d+\\.\\d+\\.\\d+(?:\\.\\d+)?)?`;
}
