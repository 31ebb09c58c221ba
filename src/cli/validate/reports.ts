import type { CheckedFile, PlacedProblem } from './check-file.ts';

/** The forms in which `validate` reports. */
export const REPORT_FORMS = ['text', 'json', 'sarif', 'junit'] as const;

/** See {@link REPORT_FORMS}. */
export type ReportForm = (typeof REPORT_FORMS)[number];

/** What a report is made of. */
export interface ReportInput {
  readonly files: readonly CheckedFile[];
  /** Of this program. */
  readonly version: string;
}

/** Makes the report in a form; ends with a line break unless it is empty. */
export const REPORTS: Readonly<Record<ReportForm, (input: ReportInput) => string>> = {
  text: ({ files }) =>
    files.flatMap((file) => problemsOf(file).map((each) => line(file, each))).join(''),
  json: (input) => json(jsonReport(input)),
  sarif: (input) => json(sarifReport(input)),
  junit: junitReport,
};

/** All problems of a file, in the order of their places. */
export function problemsOf({ resources, syntax }: CheckedFile): readonly PlacedProblem[] {
  const problems = resources.flatMap((resource) => resource.problems);
  return (syntax === undefined ? problems : [syntax, ...problems]).toSorted(
    (a, b) => a.line - b.line || a.column - b.column,
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function line({ file }: CheckedFile, problem: PlacedProblem): string {
  return `${nameOf(file)}:${problem.line}:${problem.column}: ${sentence(problem)}\n`;
}

function sentence({ field, message }: PlacedProblem): string {
  return field === '' ? message : `${field}: ${message}`;
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

function jsonReport({ files }: ReportInput): object {
  return {
    files: files.map(({ file, resources, syntax }) => ({
      file,
      valid: syntax === undefined && resources.every(({ problems }) => problems.length === 0),
      ...(syntax === undefined ? {} : { syntax }),
      resources,
    })),
  };
}

const SARIF_SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const RULES = {
  syntax: { id: 'not-yaml', shortDescription: { text: 'The file is not YAML.' } },
  field: {
    id: 'invalid-field',
    shortDescription: { text: 'A field of a KafkaExporter is not valid.' },
  },
};

/** @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
function sarifReport({ files, version }: ReportInput): object {
  const driver = {
    name: 'deepflow-kafka-exporter validate',
    version,
    rules: [RULES.syntax, RULES.field],
  };
  const results = files.flatMap((file) =>
    problemsOf(file).map((problem) => ({
      ruleId: (problem.field === '' ? RULES.syntax : RULES.field).id,
      level: 'error',
      message: { text: sentence(problem) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: encodeURI(file.file.replaceAll('\\', '/')) },
            region: { startLine: problem.line, startColumn: problem.column },
          },
        },
      ],
    })),
  );
  return { $schema: SARIF_SCHEMA, version: '2.1.0', runs: [{ tool: { driver }, results }] };
}

/** @see https://github.com/testmoapp/junitxml */
function junitReport({ files }: ReportInput): string {
  const suites = files.map((file) => {
    const cases = [
      ...(file.syntax === undefined ? [] : [{ name: 'YAML', problems: [file.syntax] }]),
      ...file.resources,
    ];
    const failed = cases.filter(({ problems }) => problems.length > 0).length;
    const inner = cases.map(({ name, problems }) => {
      const failures = problems.map(
        (problem) =>
          `      <failure message="${xml(sentence(problem))}">${xml(line(file, problem).trimEnd())}</failure>\n`,
      );
      const start = `    <testcase classname="${xml(file.file)}" name="${xml(name)}"`;
      return failures.length === 0
        ? `${start}/>\n`
        : `${start}>\n${failures.join('')}    </testcase>\n`;
    });
    return `  <testsuite name="${xml(file.file)}" tests="${cases.length}" failures="${failed}">\n${inner.join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
/** Characters that no XML document may have, not even as entities. */
const FORBIDDEN_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

function xml(text: string): string {
  return text
    .replaceAll(FORBIDDEN_IN_XML, '\ufffd')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(/[\n\r\t]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
