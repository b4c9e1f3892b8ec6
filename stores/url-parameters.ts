import { invalidUrl, type StoreUrl } from './store-url.js';

/** The parameters of a URL, each of which must be one of `names`. */
export function parametersOf<N extends string>(
  url: StoreUrl,
  names: readonly N[],
): Readonly<Partial<Record<N, string>>> {
  for (const name of url.parameters.keys())
    if (!(names as readonly string[]).includes(name))
      throw invalidUrl(url, `unknown parameter "${name}": write one of ${names.join(', ')}`);
  return Object.fromEntries(url.parameters) as Partial<Record<N, string>>;
}

/** Milliseconds of parameters, under the names of the options. What is not given is left out. */
export function durationsOf<N extends string>(
  url: StoreUrl,
  parameters: Readonly<Record<N, string | undefined>>,
): Partial<Record<N, number>> {
  const durations: Partial<Record<N, number>> = {};
  for (const [name, text] of Object.entries(parameters) as [N, string | undefined][]) {
    if (text === undefined) continue;
    if (!/^\d+$/.test(text))
      throw invalidUrl(url, `${name} is "${text}", not a whole number of milliseconds`);
    durations[name] = Number(text);
  }
  return durations;
}

/** Whether it is switched on. `parameter`: one, by its name. */
export function switchOf(url: StoreUrl, parameter: Readonly<Record<string, string>>): boolean {
  const [[name, text] = ['', '']] = Object.entries(parameter);
  if (text !== 'true' && text !== 'false')
    throw invalidUrl(url, `${name} is "${text}", not true or false`);
  return text === 'true';
}
