import { LeadershipError } from '../../lib/errors.js';

/** Loads an npm client, or says with `client-missing` what to install. */
export async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.endsWith('MODULE_NOT_FOUND')) throw error;
    const message = `the package ${name} is not installed: npm install ${name}`;
    throw new LeadershipError('client-missing', message, { cause: error });
  }
}
