// What a person should know of a run although no tag failed for it.

/**
 * `series-ended`: upstream goes on with a listed series under another name. `gap`: older tags between the listed ones
 * are not mirrored. `orphans`: tags of the mirror that no entry keeps fresh. `unread-list`: new tags are unknown.
 * `no-manifest`: upstream lists a tag and has no manifest for it.
 * `no-access`: the mirror would not show a repository. `lost-platforms`: a tag moves although platforms go.
 * `no-match`: a pattern matches no tag while others of its entry do.
 * `broken-mirror`: the image that a tag had on the mirror could not be pulled any more.
 * `own-mirror`: what is read where its copies go was passed over.
 * `no-references`: lint found nothing to look at. `keep-tags`: what is or was pinned stays reachable under a tag of its own.
 * `builds`: what of builds is not judged.
 * `matrix`: what should be known of its rows.
 * `untagged`: content of a rollback stays without a tag. `github`: what GitHub would not do. `declined`: new tags that
 * a person said no to. `unread-pin`: whether a pin is stale is unknown. `unmoved-pin`: a stale pin that a pull request does not move.
 * `parts`: what is amiss among the reports that were merged.
 * `referrers`: what is listed as attached and does not travel. `made-here`: an index that upstream's signatures do not cover.
 */
type NoticeKind =
  | 'series-ended'
  | 'gap'
  | 'orphans'
  | 'unread-list'
  | 'no-access'
  | 'no-manifest'
  | 'lost-platforms'
  | 'broken-mirror'
  | 'no-match'
  | 'own-mirror'
  | 'no-references'
  | 'keep-tags'
  | 'builds'
  | 'matrix'
  | 'untagged'
  | 'github'
  | 'declined'
  | 'unread-pin'
  | 'unmoved-pin'
  | 'parts'
  | 'referrers'
  | 'made-here';

/** `source` is the canonical name it is about, empty where it is about the run; `message` is one whole sentence. */
export type Notice = { readonly kind: NoticeKind; readonly source: string; readonly message: string };
