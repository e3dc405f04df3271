/** Changing an account's password without an outage: a second one is added, used everywhere, and the first retired. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { NEW_PASSWORD_MINIMUM, newPasswordProblem } from '../../accounts/new-password.ts';
import { hashSecondPassword, matchesHash } from '../../accounts/password-hash.ts';
import { type Html, html } from '../html.ts';
import { type Notice, noticeView } from '../notice.ts';
import { formOf } from '../page-server.ts';
import { checkLogin } from './check-login.ts';
import { type AccountOwner, type CheckerRouteParts, sendAccountPage } from './layout.ts';

const PATH = '/passwords';

const WRONG = 'The current password is wrong.';
const THROTTLED = 'Too many wrong passwords were given. Wait some minutes before you try again.';
const CHANGED = { kind: 'bad', text: 'The password was changed meanwhile; try again.' } as const;

/** Adds the routes. */
export function passwordRoutes(pages: FastifyInstance, parts: CheckerRouteParts): void {
  const { store, sessions, hashes, proxies, logger, requireAccount } = parts;
  const { accounts } = store;
  const hasSecond = async ({ loginName }: AccountOwner) =>
    (await accounts.find(loginName))?.secondPasswordHash !== null;
  const title = 'Passwords';

  pages.get(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    return sendAccountPage(reply, owner, PATH, { title, content: content(await hasSecond(owner)) });
  });

  pages.post(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    const said = await change(request, reply, owner);
    const page = { title, content: content(await hasSecond(owner), said) };
    return sendAccountPage(reply, owner, PATH, page, said.kind === 'good' ? 200 : 422);
  });

  /** A session is not enough: what changes passwords, or says anything of them, needs a password that works now. */
  async function change(request: FastifyRequest, reply: FastifyReply, owner: AccountOwner): Promise<Notice> {
    const { loginName } = owner;
    const { act, current, password, again } = formOf(request, 'act', 'current', 'password', 'again');
    if (act === 'add') {
      const problem = newPasswordProblem(password);
      if (problem !== undefined) return { kind: 'bad', text: `The new password ${problem}.` };
      if (password !== again) return { kind: 'bad', text: 'The two new passwords are not the same.' };
    }
    const checked = await checkLogin(parts, request, loginName, current);
    if ('denied' in checked) return { kind: 'bad', text: checked.throttled ? THROTTLED : WRONG };
    const { passwordHash, secondPasswordHash, credentialVersion } = checked.account;
    const address = proxies.clientAddress(request.raw);
    const done = async (text: string): Promise<Notice> => {
      logger.info({ account: loginName, act, address }, 'a password was changed');
      // One of two passwords is gone and, with the account's version, every session; this browser gets a new one. If others have
      // changed the account meanwhile, its version is another one again, and the new session does not work either.
      if (secondPasswordHash !== null) {
        await sessions.signIn(request, reply, { ...owner, credentialVersion: credentialVersion + 1 });
      }
      return { kind: 'good', text };
    };
    switch (act) {
      case 'add': {
        if (await hashes.run(address, () => matchesHash(password, passwordHash))) {
          return { kind: 'bad', text: 'That is the password that you have already; choose another.' };
        }
        const hash = await hashes.run(address, () => hashSecondPassword(password, passwordHash));
        if (!(await accounts.setSecondPasswordHash(loginName, passwordHash, hash))) return CHANGED;
        return done('Both passwords work now. Use the new one everywhere, then retire the old one.');
      }
      case 'retire':
        if (!(await accounts.retireFirstPassword(loginName))) {
          return { kind: 'bad', text: 'There is only one password; add a second one first.' };
        }
        return done('Only the new password works now.');
      case 'discard':
        if (!(await accounts.setSecondPasswordHash(loginName, passwordHash, null))) return CHANGED;
        return done('The new password is gone; the old one works as before.');
      default:
        return { kind: 'bad', text: 'That is nothing that can be done here.' };
    }
  }
}

function content(hasSecond: boolean, said?: Notice): Html {
  return html`<div class="narrow"><h1>Passwords</h1>
<p>A password can be changed while programs go on asking with the old one: for a time, both work.</p>
${noticeView(said)}
${hasSecond ? twoPasswords() : onePassword()}
</div>`;
}

function onePassword(): Html {
  return html`<form class="stacked card" method="post" action="${PATH}">
<h2>1. Add a second password</h2>
<label>Current password<input name="current" type="password" required autocomplete="current-password"></label>
<label>New password, at least ${NEW_PASSWORD_MINIMUM} characters${newPasswordInput('password')}</label>
<label>The same again${newPasswordInput('again')}</label>
<button name="act" value="add">Add it</button>
</form>
<p class="hint">2. Use it everywhere. 3. Come back here and retire the old one.</p>`;
}

function newPasswordInput(name: string): Html {
  return html`<input name="${name}" type="password" required minlength="${NEW_PASSWORD_MINIMUM}" maxlength="256" autocomplete="new-password">`;
}

function twoPasswords(): Html {
  return html`<form class="stacked card" method="post" action="${PATH}">
<h2>Two passwords work</h2>
<p>When nothing uses the old one any more, retire it. Everybody who signed in before is then signed out.</p>
<label>Current password, either of the two<input name="current" type="password" required autocomplete="current-password"></label>
<button name="act" value="retire">Retire the old password</button>
<button class="secondary" name="act" value="discard">Keep the old one, and drop the new one</button>
</form>`;
}
