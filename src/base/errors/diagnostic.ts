/** Where something stands in a file of the workspace; `line` and `column` count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

export type Severity = 'error' | 'warning' | 'note';

/** One mistake with its place: `message` says what was found, `hint` what to write instead. */
export type Diagnostic = {
  readonly severity: Severity;
  readonly place: Place;
  readonly message: string;
  readonly hint: string;
};

/** `images.yaml:3:5: error: message (hint)`, the form that editors and terminals make clickable. */
export function formatDiagnostic({ severity, place, message, hint }: Diagnostic): string {
  const tail = hint === '' ? '' : ` (${hint})`;
  return `${formatPlace(place)}: ${severity}: ${message}${tail}`;
}

export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** Orders diagnostics as a reader meets them: by file, line, column. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (
    a.place.file.localeCompare(b.place.file) || a.place.line - b.place.line || a.place.column - b.place.column
  );
}
