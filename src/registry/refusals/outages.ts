// What is not there, cannot be reached, is out of order, or is not a registry at all. The last rows hold for every reply.

import type { Refusal } from './refusal.ts';

const NO_ANSWER = [0];
const NOT_A_REGISTRY =
  'check the host and the port in {key}: the web page of a registry is often at another port than the registry itself; a proxy may want a login';

/** Rows in the order in which they are tried. */
export const OUTAGES: readonly Refusal[] = [
  {
    id: 'plain-to-tls',
    when: { status: [400], words: /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)/i },
    reason: 'tls',
    happened: '{party} expects https, but was contacted over plain http',
    advice:
      'leave out `http: true` for {host} under `registries:`; for a host on this machine give its `ca:` there',
    source: 'https://github.com/golang/go/blob/master/src/net/http/server.go',
  },
  {
    id: 'no-repository',
    when: { sign: 'no-repository' },
    reason: 'not-found',
    happened: '{repository} does not exist',
    advice: 'correct {key} if it is misspelt; a private repository may need a login: {login}',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags',
  },
  {
    id: 'web-page',
    when: { status: [200, 201, 202, 204, 400, 401, 403, 404, 405], page: true },
    reason: 'unsupported',
    happened: '{party} answers with a web page instead of what a registry says',
    advice: NOT_A_REGISTRY,
    source: 'https://github.com/distribution/distribution/issues/2386',
  },
  {
    id: 'not-a-manifest',
    when: { sign: 'nonsense' },
    reason: 'unsupported',
    happened: '{party} answers with something that no registry says',
    advice: NOT_A_REGISTRY,
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md',
  },
  {
    id: 'useless-answer',
    when: { status: NO_ANSWER, words: /left HTTP|is longer than|names no place/ },
    reason: 'unsupported',
    happened: '{party} answers with something that no registry says',
    advice: NOT_A_REGISTRY,
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md',
  },
  {
    id: 'lost-upload',
    when: { status: NO_ANSWER, words: /to an upload, and does not have it/ },
    reason: 'corrupt',
    happened: '{repository} said that it had taken a layer, and does not have it',
    advice:
      'run again; if that does not help, look into the log of {host}, or whether several servers share one storage there',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs',
  },
  {
    id: 'sent-elsewhere',
    when: { status: [301, 302, 303, 307, 308], writes: true },
    reason: 'unsupported',
    happened: '{party} sends uploads on to another address, where nothing is sent',
    advice: 'name the registry in {key} by the host, and with the scheme, that it sends to',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.4',
  },
  {
    id: 'digest-mismatch',
    when: { sign: 'mismatch' },
    reason: 'corrupt',
    happened: '{repository} sent content that does not match the digest that was asked for',
    advice:
      'run again; if that does not help, ask whoever runs {host}: what it stores, or a proxy on the way, is broken',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests',
  },
  {
    id: 'lost-blob',
    when: { writes: true, words: /(?:MANIFEST_)?BLOB_UNKNOWN|MANIFEST_UNKNOWN|BLOB_UPLOAD_UNKNOWN/ },
    reason: 'not-found',
    happened: '{repository} says that it lacks a part of the image that was just copied to it',
    advice:
      'run again; if that does not help, look into the log of {host}, or whether several servers share one storage there',
    source: 'https://github.com/sonatype/nexus-public/issues/264',
  },
  {
    id: 'corrupt-upload',
    when: { status: [400], words: /DIGEST_INVALID|BLOB_UPLOAD_INVALID(?!.*large)/ },
    reason: 'corrupt',
    happened: '{repository} says that what arrived there is not what was sent',
    advice: 'run again; if that does not help, look into the log of {host} and of proxies before it',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes',
  },
  {
    id: 'create-first',
    when: { status: [404], writes: true, page: false },
    reason: 'not-found',
    happened: '{repository} does not exist, and this registry does not create it by itself',
    advice: 'create it first: {create}',
    source: 'https://github.com/plexsystems/sinker/issues/55',
  },
  {
    id: 'create-first-code',
    when: { writes: true, words: /NAME_UNKNOWN|(?:repository|project) .*(?:not found|does not exist)/i },
    reason: 'not-found',
    happened: '{repository} does not exist, and this registry does not create it by itself',
    advice: 'create it first: {create}',
    source: 'https://github.com/goharbor/harbor/issues/20544',
  },
  {
    id: 'bad-name',
    when: { words: /\bNAME_INVALID/ },
    reason: 'unsupported',
    happened: '{party} does not accept the name {path}',
    advice:
      'change the prefix in `mirror:` or `mirror-path:`; some registries want a project first, or allow only so many parts',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes',
  },
  {
    id: 'absent',
    when: { words: /(?:BLOB|MANIFEST|NAME|REPOSITORY)_UNKNOWN|TAG_EXPIRED/ },
    reason: 'not-found',
    happened: '{repository} does not have what was asked for',
    advice: 'correct {key} or the tag if it is misspelt; upstream may have removed it',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes',
  },
  {
    id: 'absent-status',
    when: { status: [404] },
    reason: 'not-found',
    happened: '{repository} does not have what was asked for',
    advice: 'correct {key} or the tag if it is misspelt; upstream may have removed it',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests',
  },
  {
    id: 'manifest-refused',
    when: { status: [400, 405, 406, 415, 422], writes: true, words: /MANIFEST_INVALID|media ?type|schema/i },
    reason: 'unsupported',
    happened: '{party} does not accept this kind of manifest',
    advice:
      "use a newer version of the registry, or one that stores this kind; zot accepts Docker's manifests with `compat: [docker2s2]`",
    source: 'https://github.com/project-zot/zot/issues/3182',
  },
  {
    id: 'takes-no-push',
    when: { status: [405], writes: true },
    reason: 'unsupported',
    happened: '{party} accepts no pushes: it is read-only, or only a cache of another registry',
    advice:
      'name a registry that can be pushed to in {key}, or switch its read-only mode off (distribution: storage.maintenance.readonly, proxy)',
    source: 'https://github.com/distribution/distribution/issues/1718',
  },
  {
    id: 'no-such-host',
    when: { status: NO_ANSWER, words: /^(?:ENOTFOUND|EAI_NONAME|EAI_NODATA)/ },
    reason: 'network',
    happened: '{party} cannot be found: there is no host {host}',
    advice: 'correct the host in {key}; a private name is known only to runners inside its network',
    source: 'https://nodejs.org/api/dns.html#error-codes',
  },
  {
    id: 'no-name-service',
    when: { status: NO_ANSWER, words: /^EAI_/ },
    reason: 'network',
    happened: '{party} cannot be found: the DNS server of this runner did not answer',
    advice: 'run again; on a self-hosted runner check its DNS settings',
    source: 'https://man7.org/linux/man-pages/man3/getaddrinfo.3.html',
  },
  {
    id: 'refused',
    when: { status: NO_ANSWER, words: /^ECONNREFUSED/ },
    reason: 'network',
    happened: '{party} cannot be reached: nothing listens at {host}',
    advice: 'check the host and the port in {key}, and that the registry runs',
    source: 'https://nodejs.org/api/errors.html#common-system-errors',
  },
  {
    id: 'unreachable',
    when: { status: NO_ANSWER, words: /^E(?:HOST|NET)UNREACH/ },
    reason: 'network',
    happened: '{party} cannot be reached: this runner has no route to {host}',
    advice: 'check the host in {key}; a registry in a private network needs a runner inside it',
    source: 'https://man7.org/linux/man-pages/man3/errno.3.html',
  },
  {
    id: 'too-many-files',
    when: { status: NO_ANSWER, words: /^E[MN]FILE/ },
    reason: 'network',
    happened: '{party} cannot be reached: too many files are open on this runner',
    advice: 'raise its limit (`ulimit -n`), or set a lower `concurrency` for {host} under `registries:`',
    source: 'https://man7.org/linux/man-pages/man3/errno.3.html',
  },
  {
    id: 'proxy',
    when: { status: NO_ANSWER, words: /\bthe proxy / },
    reason: 'network',
    happened: '{party} cannot be reached through the proxy of this runner',
    advice: 'check HTTPS_PROXY and HTTP_PROXY, let the proxy pass {host}, or add {host} to NO_PROXY',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6',
  },
  {
    id: 'black-hole',
    when: { status: NO_ANSWER, words: /no connection|ETIMEDOUT/ },
    reason: 'timeout',
    happened: '{party} cannot be reached: {host} does not answer at all',
    advice:
      'check the host and the port in {key}; a firewall may block this runner: let its address pass, or use a runner inside that network',
    source: 'https://nodejs.org/api/errors.html#common-system-errors',
  },
  {
    id: 'not-tls',
    when: {
      status: NO_ANSWER,
      words: /wrong version number|packet length too long|http request|record layer/i,
    },
    reason: 'tls',
    happened: '{party} does not speak https at {host}',
    advice:
      'for a registry that uses plain http, set `http: true` for {host} under `registries:`; otherwise correct the port in {key}',
    source: 'https://github.com/openssl/openssl/blob/master/doc/man3/SSL_get_error.pod',
  },
  {
    id: 'unknown-authority',
    when: { status: NO_ANSWER, words: /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)/ },
    reason: 'tls',
    happened: '{party} presents a certificate from an authority that this runner does not know',
    advice: 'give the certificate of the authority as `ca: FILE` for {host} under `registries:`',
    source: 'https://nodejs.org/api/tls.html#x509-certificate-error-codes',
  },
  {
    id: 'expired-certificate',
    when: { status: NO_ANSWER, words: /CERT_(?:HAS_EXPIRED|NOT_YET_VALID)/ },
    reason: 'tls',
    happened: '{party} presents a certificate that is not valid today',
    advice: 'ask whoever runs {host} to renew it; on a self-hosted runner check the clock',
    source: 'https://nodejs.org/api/tls.html#x509-certificate-error-codes',
  },
  {
    id: 'other-name',
    when: { status: NO_ANSWER, words: /ALTNAME_INVALID|HOSTNAME_MISMATCH/ },
    reason: 'tls',
    happened: '{party} presents a certificate for a host other than {host}',
    advice: 'write the host in {key} as the certificate has it; a proxy in between may show its own',
    source: 'https://nodejs.org/api/errors.html#err_tls_cert_altname_invalid',
  },
  {
    id: 'tls',
    when: {
      status: NO_ANSWER,
      words: /^(?:CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|HOSTNAME_)/,
    },
    reason: 'tls',
    happened: '{party} and this runner cannot agree on how to encrypt',
    advice:
      'check the host and the port in {key}, its certificate, and `ca:` and `http:` for {host} under `registries:`',
    source: 'https://nodejs.org/api/tls.html',
  },
];
