export const id = 81;
export const ids = [81];
export const modules = {

/***/ 7130:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  prove: () => (/* binding */ prove)
});

// EXTERNAL MODULE: ./node_modules/@sigstore/bundle/dist/index.js
var dist = __webpack_require__(1040);
// EXTERNAL MODULE: ./node_modules/@sigstore/protobuf-specs/dist/index.js
var protobuf_specs_dist = __webpack_require__(9654);
// EXTERNAL MODULE: ./node_modules/@sigstore/verify/dist/index.js
var verify_dist = __webpack_require__(4187);
// EXTERNAL MODULE: ./build/src/base/text/json.js
var json = __webpack_require__(853);
// EXTERNAL MODULE: ./build/src/image/names/digest.js
var names_digest = __webpack_require__(2454);
;// CONCATENATED MODULE: ./build/src/image/signatures/claims.js
// What a signature is said to be about: the digest in the payload that was signed. Nobody but the signer wrote a payload
// whose signature holds, and yet it is read strictly: what could be read in two ways counts as nothing.


/** The media type of the payload in a bundle: DSSE envelopes may hold anything. in-toto, spec/v1/envelope.md */
const STATEMENT_PAYLOAD = 'application/vnd.in-toto+json';
const STATEMENTS = ['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'];
/** What `cosign sign` says of an image. Everything else is said of it by whoever attests something. */
const SIGNED = 'https://sigstore.dev/cosign/sign/v1';
const SIMPLE_SIGNING = 'cosign container image signature';
/** Keys may lie no deeper, and a statement has no more subjects. */
const MOST_SUBJECTS = 1_000;
/** Reads the payload of cosign's older signatures. cosign, specs/SIGNATURE_SPEC.md, "Simple Signing". */
function readSimpleSigning(payload) {
    const critical = (0,json/* asObject */.e)(parseStrictly(payload)?.critical);
    if (critical === null)
        return { why: 'its payload cannot be read' };
    if (critical.type !== SIMPLE_SIGNING)
        return { why: 'its payload is not that of an image signature' };
    const digest = (0,json/* asObject */.e)(critical.image)?.['docker-manifest-digest'];
    if (typeof digest !== 'string' || !(0,names_digest/* isDigest */.Bc)(digest))
        return { why: 'its payload names no digest' };
    return { digests: [digest] };
}
/** Reads the statement in a bundle. in-toto, spec/v1/statement.md; cosign's newer signatures */
function readStatement(payloadType, payload) {
    if (payloadType !== STATEMENT_PAYLOAD)
        return { why: 'what it signs is not a statement about an image' };
    const statement = parseStrictly(payload);
    if (statement === null || !STATEMENTS.includes(String(statement._type))) {
        return { why: 'its statement cannot be read' };
    }
    if (statement.predicateType !== SIGNED)
        return { why: 'it attests something and is not a signature' };
    const { subject } = statement;
    if (!Array.isArray(subject) || subject.length > MOST_SUBJECTS)
        return { why: 'its statement names no image' };
    const digests = subject.flatMap((each) => digestsOf((0,json/* asObject */.e)((0,json/* asObject */.e)(each)?.digest)));
    return digests.length === 0 ? { why: 'its statement names no digest' } : { digests };
}
function digestsOf(set) {
    return ['sha256', 'sha512'].map((algorithm) => `${algorithm}:${set?.[algorithm]}`).filter(names_digest/* isDigest */.Bc);
}
/** The object that UTF-8 JSON holds; null where it is not one, or where an object has a key twice. */
function parseStrictly(bytes) {
    try {
        const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        let keys = 0;
        const value = JSON.parse(text, (_key, inner) => {
            keys += (0,json/* asObject */.e)(inner) === null ? 0 : Object.keys(inner).length;
            return inner;
        });
        const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined);
        return written.length === keys ? (0,json/* asObject */.e)(value) : null;
    }
    catch {
        return null;
    }
}

;// CONCATENATED MODULE: ./build/src/registry/sigstore/proof.js
// Whether one signature holds, and for whom. All cryptography is done by Sigstore's own libraries; this file says what
// is asked of them, and checks that what was signed is this very digest.




/** Every signer for whom a signature of this digest holds, at least one; or why it holds for none. */
function prove(evidence, digest, trust) {
    try {
        const bundle = (0,dist/* bundleFromJSON */.vw)(evidence.bundle);
        const claim = claimOf(bundle, evidence.payload);
        if ('why' in claim)
            return doubt(claim.why);
        if (!claim.digests.includes(digest))
            return doubt(`it is for another image, ${claim.digests[0]}`);
        const entity = (0,verify_dist/* toSignedEntity */.DC)(bundle, Buffer.from(evidence.payload));
        return entity.key.$case === 'certificate' ? certified(entity, trust) : keyed(entity, trust);
    }
    catch (thrown) {
        return doubt(whyNot(thrown));
    }
}
function claimOf({ content }, payload) {
    if (content.$case === 'messageSignature') {
        return payload.length === 0 ? { why: 'what it signs is not with it' } : readSimpleSigning(payload);
    }
    const { payloadType, payload: signed } = content.dsseEnvelope;
    return readStatement(payloadType, signed);
}
function certified(entity, { roots }) {
    if (roots.length === 0)
        return { why: 'it is by a certificate, and only keys are listed', isOther: true };
    const results = roots.map((root) => tried(() => byCertificate(entity, root)));
    const proven = results.filter((result) => typeof result !== 'string');
    return proven.length > 0 ? proven : doubt(String(results[0]));
}
function keyed(entity, { keys }) {
    const proven = keys
        .map((key) => tried(() => byKey(entity, key)))
        .filter((result) => typeof result !== 'string');
    if (proven.length > 0)
        return proven;
    return { why: 'it is by a key that is not listed, or was tampered with', isOther: true };
}
function doubt(why) {
    return { why, isOther: false };
}
function tried(attempt) {
    try {
        return attempt();
    }
    catch (thrown) {
        return whyNot(thrown);
    }
}
/**
 * A certificate lives for minutes, so a time that somebody trusted saw is always asked for; a log of signatures and one of
 * certificates where the root knows such logs, as Sigstore's own does.
 */
function byCertificate(entity, { path, material }) {
    const isOwn = path !== null;
    const verifier = new verify_dist/* Verifier */.BL((0,verify_dist/* toTrustMaterial */.jO)(material), {
        tlogThreshold: isOwn && material.tlogs.length === 0 ? 0 : 1,
        ctlogThreshold: isOwn && material.ctlogs.length === 0 ? 0 : 1,
        timestampThreshold: 1,
    });
    const { identity } = verifier.verify(entity);
    const san = identity?.subjectAlternativeName;
    const issuer = identity?.extensions?.issuer;
    if (!isPlain(san) || !isPlain(issuer))
        throw new Error('the certificate names nobody');
    // The library reads both as ASCII and drops the highest bit: another letter must not pass for one of these.
    const raw = (identity?.oids ?? []).map(({ value }) => value);
    if (![san, issuer].every((text) => raw.some((bytes) => bytes.includes(text, 0, 'latin1')))) {
        throw new Error('the certificate names nobody in plain letters');
    }
    return { by: { kind: 'keyless', trustedRoot: path, issuer, identity: san }, since: firstSeen(entity) };
}
/** Without a root a log's entry proves nothing and is left out; a key alone proves that its owner signed. */
function byKey(entity, { path, key, root }) {
    const logged = root === null ? '' : tried(() => inLog(entity, path, key, root));
    if (typeof logged !== 'string')
        return logged;
    const alone = { ...entity, tlogEntries: [], timestamps: [] };
    new verify_dist/* Verifier */.BL(materialOf(EMPTY, key), { tlogThreshold: 0, timestampThreshold: 0 }).verify(alone);
    return { by: { kind: 'key', trustedRoot: null, path, isLogged: false }, since: null };
}
function inLog(entity, path, key, root) {
    new verify_dist/* Verifier */.BL(materialOf(root.material, key), { tlogThreshold: 1, timestampThreshold: 0 }).verify(entity);
    return { by: { kind: 'key', trustedRoot: root.path, path, isLogged: true }, since: firstSeen(entity) };
}
const EMPTY = protobuf_specs_dist.TrustedRoot.fromJSON({});
/** The key is believed at any time: who lost it takes it from the list. */
function materialOf(root, key) {
    return (0,verify_dist/* toTrustMaterial */.jO)(root, () => ({ publicKey: key, validFor: () => true }));
}
/**
 * The first of the times that were proven with the entity: of a log that promised the entry, or of an authority for
 * timestamps. A later one says only that somebody logged the same signature again.
 */
function firstSeen({ timestamps }) {
    const times = timestamps.flatMap((stamp) => {
        if (stamp.$case === 'timestamp-authority')
            return [stamp.timestamp.signingTime.getTime()];
        const { inclusionPromise, integratedTime } = stamp.tlogEntry;
        return inclusionPromise === undefined ? [] : [Number(integratedTime) * 1000];
    });
    return times.length === 0 ? null : new Date(Math.min(...times));
}
function isPlain(text) {
    return text !== undefined && /^[\x21-\x7e]{1,2000}$/.test(text);
}
const WHY = {
    CERTIFICATE_ERROR: 'its certificate is not one that the trusted root vouches for',
    SIGNATURE_ERROR: 'it does not match what was signed and the key',
    TIMESTAMP_ERROR: 'no trusted log or timestamp says when it was made',
    TLOG_BODY_ERROR: 'its entry in the transparency log is for something else',
    TLOG_ERROR: 'it is in no transparency log',
    TLOG_INCLUSION_PROMISE_ERROR: "the transparency log's promise for it does not hold",
    TLOG_INCLUSION_PROOF_ERROR: "the transparency log's proof of it does not hold",
    TLOG_MISSING_INCLUSION_ERROR: 'nothing proves that it is in the transparency log',
};
function whyNot(thrown) {
    const code = thrown instanceof verify_dist/* VerificationError */.mk ? thrown.code : '';
    return WHY[code] ?? 'it cannot be read';
}


/***/ }),

/***/ 5428:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   fetchPublicRoot: () => (/* binding */ fetchPublicRoot)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var _sigstore_tuf_seeds_json__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8032);
/* harmony import */ var tuf_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4706);
/* harmony import */ var tuf_js_dist_error_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6376);
/* harmony import */ var _base_errors_failure_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(6557);
/* harmony import */ var _trust_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(8330);
// Sigstore's own trusted root, fetched once a run by TUF: from the first root that comes with the library, each step to the
// current one is signed, and so is what says how old it may be. Requests are ours, so `hosts`, proxies and certificates
// hold for them too.







/** Where Sigstore publishes whom to believe. */
const REPOSITORY = 'https://tuf-repo-cdn.sigstore.dev';
const TARGET = 'trusted_root.json';
const SIGSTORE = {
    url: REPOSITORY,
    firstRoot: Buffer.from(_sigstore_tuf_seeds_json__WEBPACK_IMPORTED_MODULE_2__[REPOSITORY]['root.json'], 'base64'),
};
/**
 * The trusted root as it is today; `folder` is made for what comes, and taken away. @throws Failure with the reason why it
 * could not be fetched, `corrupt` for what is expired or not signed as it must be
 */
async function fetchPublicRoot(fetch, folder, repository = SIGSTORE) {
    const met = [];
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, 'targets'), { recursive: true });
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, 'root.json'), repository.firstRoot);
        const root = (0,_trust_js__WEBPACK_IMPORTED_MODULE_6__.readRoot)(await readTarget(fetcherOf(fetch, folder, met), folder, repository), null);
        if (typeof root === 'string')
            throw new Error(`${TARGET} ${root}`);
        return root;
    }
    catch (thrown) {
        throw explain(met[0] ?? thrown, new URL(repository.url).host);
    }
    finally {
        // What stays of it, because a virus scanner holds it, takes nothing from what was proven.
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rm)(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    }
}
async function readTarget(fetcher, folder, { url }) {
    const updater = new tuf_js__WEBPACK_IMPORTED_MODULE_3__/* .Updater */ .Sx({
        metadataBaseUrl: url,
        targetBaseUrl: `${url}/targets`,
        metadataDir: folder,
        targetDir: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, 'targets'),
        fetcher,
    });
    await updater.refresh();
    const target = await updater.getTargetInfo(TARGET);
    if (target === undefined)
        throw new Error(`there is no ${TARGET}`);
    return (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(await updater.downloadTarget(target), 'utf8');
}
/** The library's words for what went wrong on the way hide the cause, so the first one is noted in `met`. */
function fetcherOf(fetch, folder, met) {
    const downloadBytes = async (url, maxBytes) => {
        const body = await fetch(url, maxBytes).catch((thrown) => {
            met.push((0,_base_errors_failure_js__WEBPACK_IMPORTED_MODULE_5__/* .asFailure */ .h)(thrown));
            throw thrown;
        });
        if (typeof body === 'number')
            throw new tuf_js_dist_error_js__WEBPACK_IMPORTED_MODULE_4__.DownloadHTTPError(`answered ${body}`, body);
        if (body.length > maxBytes)
            throw new Error(`${url} is longer than ${maxBytes} bytes`);
        return Buffer.from(body);
    };
    return {
        downloadBytes,
        async downloadFile(url, maxBytes, handle) {
            const file = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, 'download');
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)(file, await downloadBytes(url, maxBytes));
            return handle(file);
        },
    };
}
function explain(thrown, host) {
    const way = 'or write trusted-root: with a file of the workspace, see docs/trust.md';
    if (thrown instanceof _base_errors_failure_js__WEBPACK_IMPORTED_MODULE_5__/* .Failure */ .H) {
        const { reason, message, detail, status } = thrown;
        const words = `Sigstore's trusted root could not be fetched, so no signature can be checked: ${message}`;
        const hint = reason === 'denied' && status === 0
            ? `add ${host} to the input \`hosts\`, ${way}`
            : `let this job reach ${host}, ${way}`;
        return new _base_errors_failure_js__WEBPACK_IMPORTED_MODULE_5__/* .Failure */ .H(reason, words, { hint, detail, status, cause: thrown });
    }
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const words = `the trusted root that ${host} gave could not be proven, so no signature can be checked: ${why}`;
    return new _base_errors_failure_js__WEBPACK_IMPORTED_MODULE_5__/* .Failure */ .H('corrupt', words, {
        hint: `check the clock of the runner, and whatever is between it and ${host}; ${way}`,
        cause: thrown,
    });
}


/***/ }),

/***/ 8330:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readKey: () => (/* binding */ readKey),
/* harmony export */   readRoot: () => (/* binding */ readRoot)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _sigstore_protobuf_specs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9654);
/* harmony import */ var _sigstore_verify__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4187);
// Whom the Sigstore libraries believe: public keys and trusted roots, read and checked before anything is asked of anybody.



/** The one public key in PEM text; a sentence where it is something else. */
function readKey(pem) {
    const blocks = pem.match(/-----BEGIN [^-]*-----/g) ?? [];
    if (blocks.some((block) => block.includes('PRIVATE KEY')))
        return 'holds a private key, which must never be in a repository';
    if (blocks.length > 1)
        return 'holds more than one key';
    if (!/^-----BEGIN (?:RSA )?PUBLIC KEY-----$/.test(blocks[0] ?? ''))
        return 'holds no public key in PEM form';
    try {
        const key = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPublicKey)(pem);
        const type = key.asymmetricKeyType;
        return type === 'ec' || type === 'rsa' || type === 'ed25519'
            ? key
            : `holds a key of the kind ${type}, which signs no image`;
    }
    catch {
        return 'holds a key that cannot be read';
    }
}
/** A trusted root from its JSON; a sentence where it is none. */
function readRoot(text, path) {
    try {
        const json = JSON.parse(text);
        const material = _sigstore_protobuf_specs__WEBPACK_IMPORTED_MODULE_1__.TrustedRoot.fromJSON(json);
        if (!/^application\/vnd\.dev\.sigstore\.trustedroot(?:\.v\d\.\d)?\+json/.test(material.mediaType)) {
            return 'is not a trusted root of Sigstore';
        }
        const { certificateAuthorities, tlogs, timestampAuthorities } = (0,_sigstore_verify__WEBPACK_IMPORTED_MODULE_2__/* .toTrustMaterial */ .jO)(material);
        if (tlogs.length + timestampAuthorities.length === 0)
            return 'names neither a transparency log nor a timestamp authority';
        return certificateAuthorities.every(({ certChain }) => certChain.length > 0)
            ? { path, material }
            : 'names an authority without a certificate';
    }
    catch {
        return 'cannot be read as a trusted root of Sigstore';
    }
}


/***/ })

};
