/** Settings as options of a command. */

import { type Command, Option } from 'commander';
import {
  type CrossCheck,
  environmentName,
  readSettings,
  SETTINGS,
  type Setting,
  type SettingKey,
  type SettingValues,
} from '../config.ts';

const CONFIG = 'config';

/** Gives a command an option for each of the settings, and `--config`. */
export function addSettings(command: Command, keys: readonly SettingKey[]): Command {
  for (const key of keys) {
    const setting: Setting<unknown> = SETTINGS[key];
    const { name, placeholder, description } = setting;
    const isSet = setting.default !== undefined && setting.default !== false && `${setting.default}` !== '';
    const option = new Option(
      `--${name}${placeholder === undefined ? '' : ` <${placeholder}>`}`,
      isSet ? `${description} (default: ${setting.default})` : description,
    );
    if (setting.isList) option.argParser(addToList);
    command.addOption(option);
  }
  command.addOption(
    new Option(`--${CONFIG} <FILE>`, 'settings in a JSON file: {"port": 8443, "tls-cert": "cert.pem", …}'),
  );
  const { name } = SETTINGS[keys[0] as SettingKey];
  const [subject, example] =
    keys.length === 1 ? [`--${name}`, ''] : ['Each of these options', 'for example '];
  return command.addHelpText(
    'after',
    `\n${subject} can also be set in the environment (${example}${environmentName(name)}) or in the file;` +
      '\na flag wins over the environment, and the environment over the file.',
  );
}

/** The values of a command's settings; see {@link readSettings}. */
export function settingsOf<Keys extends SettingKey>(
  command: Command,
  keys: readonly Keys[],
  crossCheck?: CrossCheck<Keys>,
): SettingValues<Keys> {
  const flags: Record<string, unknown> = {};
  for (const key of keys) {
    const { name } = SETTINGS[key];
    flags[name] = flagOf(command, name);
  }
  const file = command.getOptionValue(CONFIG) ?? process.env[environmentName(CONFIG)];
  return readSettings(keys, { flags, environment: process.env, file: file || undefined }, crossCheck);
}

/** Commander takes `--no-x` for an `x` that is true otherwise. */
function flagOf(command: Command, name: string): unknown {
  if (!name.startsWith('no-')) return command.getOptionValue(camelCase(name));
  return command.getOptionValue(camelCase(name.slice('no-'.length))) === false ? true : undefined;
}

/** How commander names an option's value. */
function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Of a flag that is given several times every value counts. */
function addToList(value: string, before: string | undefined): string {
  return before === undefined ? value : `${before},${value}`;
}
