// Every row of the table of refusals, met by the words that its registry was seen to say.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Failure } from '../../../src/base/errors/failure.ts';
import { GivenUp } from '../../../src/base/flow/breaker.ts';
import {
  type Answer,
  asTransportError,
  failureOf,
  failureOfError,
  TransportError,
  wrongAnswer,
} from '../../../src/registry/http/answer.ts';
import { fill } from '../../../src/registry/refusals/fill.ts';
import type { Inquiry, Sign } from '../../../src/registry/refusals/refusal.ts';
import { findRefusal, REFUSALS } from '../../../src/registry/refusals/table.ts';
import { explainFor } from '../../../src/registry/session/explain.ts';

/** What was said, by the id of the row that it is for: an answer, or the `error` below HTTP. */
type Sample = {
  readonly host: string;
  readonly mirror?: boolean;
  readonly writes?: boolean;
  readonly login?: boolean;
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  readonly body?: string;
  readonly page?: string;
  readonly sign?: Sign;
  readonly error?: string;
  readonly reason?: 'timeout' | 'unsupported' | 'corrupt';
};

const DATA = new URL('../../data/', import.meta.url);
const SAMPLES = JSON.parse(readFileSync(new URL('refusals.json', DATA), 'utf8')) as Record<string, Sample>;
type Told = { readonly reason: string; readonly happened: string; readonly advice: string };
const TOLD = JSON.parse(readFileSync(new URL('refusals-told.json', DATA), 'utf8')) as Record<string, Told>;

function inquiryOf({ host, mirror = false, writes = false }: Sample): Inquiry {
  const sides = { mirror: `${host}/m`, keyOf: () => (mirror ? 'mirror' : 'source') } as const;
  return { registry: host, repository: 'm/app', writes, sides };
}

function answerOf({ host, status = 0, code, message, body, page }: Sample): Answer {
  const text = page ?? body ?? (code === undefined ? '' : JSON.stringify({ errors: [{ code, message }] }));
  const headers = { 'content-type': page === undefined ? 'application/json' : 'text/html' };
  return { status, phrase: 'Phrase', headers, body: Buffer.from(text), url: new URL(`https://${host}/`) };
}

function rawOf(sample: Sample): Failure {
  const { sign, error, message = '', reason } = sample;
  if (sign !== undefined) return wrongAnswer(sign, 'what', answerOf(sample));
  if (error === undefined) return failureOf('HEAD r.example/m/app:1', answerOf(sample));
  const thrown = Object.assign(new Error(message), error === '' ? {} : { code: error });
  const transport =
    reason === undefined ? asTransportError(thrown) : new TransportError(reason, message, true);
  return failureOfError('HEAD r.example/m/app:1', transport, 5);
}

const toldOf = (sample: Sample): Failure =>
  explainFor(inquiryOf(sample), sample.login ?? null, rawOf(sample));

it.each([
  ['m/app', '--prefix m '],
  ['m/n/app', '--prefix m '],
  ['app', '--prefix ROOT '],
])('the template that makes %s at ECR has %s', (repository, words) => {
  const asked = { ...inquiryOf({ host: '1.dkr.ecr.eu-west-1.amazonaws.com', mirror: true }), repository };
  expect(fill('{create}', 'ecr', asked)).toContain(`--region eu-west-1 ${words}--applied-for CREATE_ON_PUSH`);
});

describe('the table', () => {
  it('has a sample for each row, and no id twice', () => {
    expect(Object.keys(SAMPLES).sort()).toEqual(REFUSALS.map(({ id }) => id).sort());
  });

  it.each(REFUSALS.map((row) => [row.id, row] as const))(
    '%s has a source, or says that it is from memory',
    (id, row) => {
      if (row.source !== '') expect(row.source).toMatch(/^https:\/\/\S+$/);
      const file = ['limits', 'policies', 'access', 'outages', 'table']
        .map((name) =>
          readFileSync(new URL(`../../../src/registry/refusals/${name}.ts`, import.meta.url), 'utf8'),
        )
        .find((text) => text.includes(`id: '${id}'`));
      const before =
        file
          ?.slice(0, file.indexOf(`id: '${id}'`))
          .split('\n')
          .slice(-3)
          .join('\n') ?? '';
      if (row.source === '') expect(before).toContain('// From memory');
    },
  );

  it.each(REFUSALS.map(({ id, reason }) => [id, reason] as const))(
    '%s is found by its words and told',
    (id, reason) => {
      const sample = SAMPLES[id] as Sample;
      const told = toldOf(sample);
      expect({ reason: told.reason, happened: told.message, advice: told.hint }).toEqual(TOLD[id]);
      expect(told.reason).toBe(reason);
    },
  );

  it.each(Object.entries(SAMPLES))('%s says which side it was, and nothing raw', (_id, sample) => {
    const { message, hint } = toldOf(sample);
    expect(message).toContain(sample.mirror === true ? 'the mirror' : 'upstream');
    expect(message).toContain(sample.host);
    expect(message).not.toMatch(/https?:\/\/|[0-9a-f]{64}|[{}]|status \d|undefined/);
    expect(message.length).toBeLessThan(160);
    expect(hint).not.toMatch(
      /(?<!\$\{)\{(?:party|repository|host|path|key|login|by|create|health|project|name|region|location|account)\}/,
    );
    expect(hint.length).toBeGreaterThan(10);
    expect(hint.length).toBeLessThan(420);
  });
});

describe('whatever a registry says', () => {
  const statuses = fc.constantFrom(
    0,
    200,
    400,
    401,
    403,
    404,
    405,
    409,
    412,
    413,
    415,
    418,
    429,
    499,
    500,
    501,
    503,
    507,
    599,
  );
  const hosts = fc.constantFrom(...Object.values(SAMPLES).map(({ host }) => host));
  const HOSTILE = '\n::error::x\u001b[31m##[error]\u202e`<b>@me';

  it('there is a row for it, and none of its words reach the sentence or the advice', () => {
    fc.assert(
      fc.property(
        hosts,
        statuses,
        fc.string(),
        fc.boolean(),
        fc.boolean(),
        (host, status, noise, writes, mirror) => {
          const marked = `zq${HOSTILE}${noise}qz`;
          const sample = { host, status, code: marked, message: marked, writes, mirror: mirror || writes };
          const { message, hint, detail } = explainFor(
            inquiryOf(sample),
            null,
            failureOf('what', answerOf(sample)),
          );
          expect(`${message}${hint}`).not.toMatch(/zq|::error|[\n\u001b\u202e]|##\[/);
          expect(detail).not.toMatch(/[\n\u001b\u202e]|##\[/);
          expect(detail.length).toBeLessThanOrEqual(500);
        },
      ),
    );
  });

  it('the same for errors below HTTP', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (code, noise) => {
        const thrown = Object.assign(new Error(`zq${HOSTILE}${noise}`), { code });
        const raw = failureOfError('what', asTransportError(thrown), 1);
        const { message, hint, detail } = explainFor(inquiryOf({ host: 'r.example' }), null, raw);
        expect(`${message}${hint}`).not.toMatch(/zq|::error|[\n\u001b\u202e]|##\[/);
        expect(detail).not.toMatch(/[\n\u001b\u202e]|##\[/);
      }),
    );
  });

  it('the reason is the same before and after it is known who asked, as far as retries go by it', () => {
    for (const sample of Object.values(SAMPLES)) {
      expect([sample.host, toldOf(sample).reason]).toEqual([sample.host, rawOf(sample).reason]);
    }
  });
});

it('of two replies with the same words the one that wrote is told as a write', () => {
  const reply = { status: 404, text: '', page: false, headers: '', login: true, sign: '' } as const;
  const inquiry = inquiryOf({ host: 'r.example', mirror: true });
  expect(findRefusal(inquiry, reply).id).toBe('absent-status');
  expect(findRefusal({ ...inquiry, writes: true }, reply).id).toBe('create-first');
});

it('what is written to is the mirror, whatever the config names it', () => {
  const sample = { host: 'r.example', writes: true, status: 403 };
  expect(toldOf(sample).message).toBe('the mirror r.example/m does not let this job push');
});

it('a host that was given up is told for the side that asks, with the words of what it came to', () => {
  const raw = failureOf('HEAD r.example/m/app:1', answerOf({ host: 'r.example', status: 503 }));
  const givenUp = new GivenUp(raw.reason, raw.message, { detail: `not tried: ${raw.message}`, cause: raw });
  for (const mirror of [true, false]) {
    const told = explainFor(inquiryOf({ host: 'r.example', mirror }), null, givenUp);
    const party = mirror ? 'the mirror r.example/m' : 'upstream r.example';
    expect(told).toBeInstanceOf(GivenUp);
    expect(told).toMatchObject({
      message: `${party} is out of order: its gateway answers, but the registry behind it does not`,
      detail: 'not tried: HEAD r.example/m/app:1: 503 Phrase',
    });
  }
});

it('a digest in full is shortened in the details', () => {
  const raw = failureOf(
    `HEAD r.example/m/app@sha256:${'a'.repeat(64)}`,
    answerOf({ host: 'r.example', status: 503 }),
  );
  expect(explainFor(inquiryOf({ host: 'r.example' }), null, raw).detail).toBe(
    `HEAD r.example/m/app@sha256:${'a'.repeat(12)}…: 503 Phrase`,
  );
});

it.each([
  ['gcr.io', 'gcr.io --project=acme --location=us'],
  ['us.gcr.io', 'us.gcr.io --project=acme --location=us'],
  ['eu.gcr.io', 'eu.gcr.io --project=acme --location=europe'],
  ['asia.gcr.io', 'asia.gcr.io --project=acme --location=asia'],
  ['europe-docker.pkg.dev', 'app --project=acme --location=europe'],
])('the repository of %s is created by its own name', (host, words) => {
  const { sides } = inquiryOf({ host, mirror: true });
  const inquiry = { registry: host, repository: 'acme/app', writes: true, sides };
  const told = explainFor(inquiry, true, failureOf('PUT', answerOf({ host, status: 404, body: '' })));
  expect(told.hint).toContain(`gcloud artifacts repositories create ${words} --repository-format=docker`);
});
