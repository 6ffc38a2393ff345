// ChangeCalendar: an iCalendar 2.0 text that says when changes may be made. Checked here is its structure (lines, components, the
// properties that a state is computed from); what the events mean is asked of whoever evaluates the calendar.
import { DocumentError, quoted } from '@muster/protocol/document-error.ts';
import type { DocumentWarning } from '@muster/protocol/document-error.ts';
import { ALL_PLATFORMS } from './kind.ts';
import type { CheckedContent, DocumentKind } from './kind.ts';

interface Property {
  readonly line: number;
  readonly name: string;
  readonly parameters: string;
  readonly value: string;
}

interface Component {
  readonly name: string;
  readonly line: number;
  readonly properties: Map<string, Property>;
}

/** A calendar, an event, an alarm in it; nothing real is deeper. */
const DEPTH_MAX = 8;
const LINE = /^([A-Za-z0-9-]{1,64})((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)$/s;
const DATE = /^\d{8}(?:T\d{6}Z?)?$/;
const DURATION = /^[+-]?P(?:\d{1,9}W|(?:\d{1,9}D)?(?:T(?:\d{1,9}H)?(?:\d{1,9}M)?(?:\d{1,9}S)?)?)$/;
const RULE_PART = /^[A-Z-]{1,32}=[^=;]{1,1024}$/;
const FREQUENCIES = ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];

export const changeCalendar: DocumentKind = {
  formats: ['TEXT'],
  check(content): CheckedContent {
    const calendar = readCalendar(propertiesOf(String(content)));
    return {
      schemaVersion: '',
      description: calendar.description,
      parameters: [],
      platformTypes: ALL_PLATFORMS,
      warnings: calendar.warnings,
    };
  },
};

function refuse(rule: string, line: number): never {
  throw new DocumentError('InvalidDocumentContent', `iCalendar not well-formed: ${rule} at Line: ${line}, Column: 1`, '/');
}

/** A line that begins with a space goes on with the line before. */
function propertiesOf(text: string): Property[] {
  const unfolded: { line: number; parts: string[] }[] = [];
  for (const [index, line] of text
    .replace(/^\u{feff}/u, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const last = unfolded.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) last.parts.push(line.slice(1));
    else if (line !== '') unfolded.push({ line: index + 1, parts: [line] });
  }
  return unfolded.map(({ line, parts }) => {
    const given = parts.join('');
    const [, name, parameters = '', value = ''] = LINE.exec(given) ?? [];
    if (name === undefined) return refuse(`${quoted(given)} is no NAME:value`, line);
    return { line, name: name.toUpperCase(), parameters, value };
  });
}

function readCalendar(properties: readonly Property[]): { description: string; warnings: DocumentWarning[] } {
  const open: Component[] = [];
  const warnings: DocumentWarning[] = [];
  let calendar: Component | undefined;
  for (const property of properties) {
    const { line, name, value } = property;
    const current = open.at(-1);
    if (name === 'BEGIN') {
      const component = { name: value.trim().toUpperCase(), line, properties: new Map<string, Property>() };
      if (current === undefined && (component.name !== 'VCALENDAR' || calendar !== undefined))
        refuse(`BEGIN:${quoted(value)} outside of the one VCALENDAR`, line);
      if (open.length >= DEPTH_MAX) refuse(`components are nested deeper than ${DEPTH_MAX} levels`, line);
      calendar ??= component;
      open.push(component);
    } else if (current === undefined) {
      refuse('the text must begin with BEGIN:VCALENDAR and end with END:VCALENDAR', line);
    } else if (name === 'END') {
      if (value.trim().toUpperCase() !== current.name) refuse(`END:${quoted(value)} where END:${current.name} belongs`, line);
      open.pop();
      warnings.push(...closed(current));
    } else {
      current.properties.set(name, property);
    }
  }
  const [unclosed] = open;
  if (unclosed !== undefined) refuse(`${quoted(unclosed.name)} has no END`, unclosed.line);
  if (calendar === undefined) return refuse('the text must begin with BEGIN:VCALENDAR', 1);
  return { description: calendar.properties.get('X-WR-CALDESC')?.value ?? '', warnings };
}

function closed(component: Component): DocumentWarning[] {
  if (component.name === 'VCALENDAR') requireCalendar(component);
  return component.name === 'VEVENT' ? eventWarnings(component) : [];
}

function requireCalendar({ properties, line }: Component): void {
  const version = properties.get('VERSION');
  if (version?.value.trim() !== '2.0') refuse('VERSION must be 2.0', version?.line ?? line);
  const type = properties.get('X-CALENDAR-TYPE');
  if (type === undefined || !['DEFAULT_OPEN', 'DEFAULT_CLOSED'].includes(type.value.trim()))
    refuse('X-CALENDAR-TYPE must be DEFAULT_OPEN or DEFAULT_CLOSED', type?.line ?? line);
}

function eventWarnings({ properties, line }: Component): DocumentWarning[] {
  const start = properties.get('DTSTART');
  if (start === undefined) refuse('a VEVENT has no DTSTART', line);
  for (const property of [start, properties.get('DTEND'), properties.get('RECURRENCE-ID')])
    if (property !== undefined && !DATE.test(property.value.trim()))
      refuse(`${property.name} ${quoted(property.value)} is no date or date-time (20260131 or 20260131T080000Z)`, property.line);
  const duration = properties.get('DURATION');
  if (duration !== undefined && (!DURATION.test(duration.value.trim()) || /P$|T$/.test(duration.value.trim())))
    refuse(`DURATION ${quoted(duration.value)} is no duration such as PT8H`, duration.line);
  const rule = properties.get('RRULE');
  if (rule !== undefined) requireRule(rule);
  if (properties.has('DTEND') || duration !== undefined) return [];
  return [
    { message: `The event at line ${line} has neither DTEND nor DURATION: it lasts no time, or its whole day.`, place: '/' },
  ];
}

function requireRule({ value, line }: Property): void {
  const parts = value.trim().replace(/;$/, '').split(';');
  const wrong = parts.find((part) => !RULE_PART.test(part));
  if (wrong !== undefined) refuse(`RRULE part ${quoted(wrong)} is no NAME=value`, line);
  const frequency = parts.find((part) => part.startsWith('FREQ='))?.slice('FREQ='.length);
  if (frequency === undefined || !FREQUENCIES.includes(frequency))
    refuse(`RRULE needs FREQ, one of ${FREQUENCIES.join(', ')}`, line);
}
