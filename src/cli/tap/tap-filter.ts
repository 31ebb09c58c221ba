import { patternProblem } from '../../deepflow/filters/re2/re2-pattern.ts';
import { FILTER_OPERATORS, type TagFilter } from '../../deepflow/filters/record-filter.ts';
import { z } from 'zod';

/** A field, one of DeepFlow's signs, and a value. */
const FILTER = /^(?<field>[^=:~!\s]+)\s*(?<sign>!?[=:~])(?<value>.*)$/s;

const operator = z.enum(FILTER_OPERATORS);

/** The value of `--filter`, such as `l7_protocol=HTTP`, `request_resource~^/api` or `pod_0!:web-*`. */
export const tapFilter = z.string().transform((text, context): TagFilter => {
  const { field, sign, value } = FILTER.exec(text)?.groups ?? {};
  const parsed = operator.safeParse(sign);
  if (field === undefined || value === undefined || !parsed.success) {
    context.addIssue({
      code: 'custom',
      message: `must be FIELD=VALUE, FIELD:WILDCARDS or FIELD~REGEX, negated with ! before the sign, but is ${JSON.stringify(text)}`,
    });
    return z.NEVER;
  }
  const problem = sign?.endsWith('~') === true ? patternProblem(value) : undefined;
  if (problem !== undefined) {
    context.addIssue({ code: 'custom', message: `the pattern of ${field} ${problem}` });
    return z.NEVER;
  }
  return { fieldName: field, operator: parsed.data, fieldValues: [value] };
});
