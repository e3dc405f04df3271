/** Changing an account's password without an outage: a second one is added, used everywhere, and the first retired. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccountAdmin } from '../../accounts/account-admin.ts';
import { NEW_PASSWORD_MINIMUM, newPasswordProblem } from '../../accounts/new-password.ts';
import { type Html, html } from '../html.ts';
import { type Notice, noticeView, UNKNOWN_ACT } from '../notice.ts';
import { formOf } from '../page-server.ts';
import { checkLogin, passwordDenied } from './check-login.ts';
import { type AccountOwner, type CheckerRouteParts, sendAccountPage } from './layout.ts';

const PATH = '/passwords';

const CHANGED: Notice = { kind: 'bad', text: 'The password was changed meanwhile; try again.' };
const SAME: Notice = { kind: 'bad', text: 'That is the password that you have already; choose another.' };

/** Adds the routes. */
export function passwordRoutes(pages: FastifyInstance, parts: CheckerRouteParts): void {
  const { store, sessions, hashes, proxies, logger, requireAccount } = parts;
  const { accounts } = store;
  const admin = new AccountAdmin(accounts);
  const hasSecond = async ({ loginName }: AccountOwner) =>
    (await accounts.find(loginName))?.secondPasswordHash !== null;
  const title = 'Passwords';

  pages.get(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    return sendAccountPage(reply, owner, PATH, { title, content: content(await hasSecond(owner)) });
  });

  pages.post(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    const notice = await change(request, reply, owner);
    const page = { title, content: content(await hasSecond(owner), notice) };
    return sendAccountPage(reply, owner, PATH, page, notice.kind === 'good' ? 200 : 422);
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
    if ('denied' in checked) return passwordDenied(checked);
    const { account } = checked;
    const address = proxies.clientAddress(request.raw);
    const done = async (text: string): Promise<Notice> => {
      logger.info({ account: loginName, act, address }, 'a password was changed');
      // One of two passwords is gone and, with the account's version, every session; this browser gets a new one. If
      // others have changed the account meanwhile, its version is another one again, and the new session does not work
      // either.
      if (account.secondPasswordHash !== null) {
        const credentialVersion = account.credentialVersion + 1;
        await sessions.signIn(request, reply, { ...owner, credentialVersion });
      }
      return { kind: 'good', text };
    };
    switch (act) {
      case 'add': {
        const outcome = await admin.addSecondPassword(loginName, account, password, (hash) =>
          hashes.run(address, hash),
        );
        if (outcome === 'same password') return SAME;
        if (outcome === 'changed meanwhile') return CHANGED;
        return done('Both passwords work now. Use the new one everywhere, then retire the old one.');
      }
      case 'retire':
        if (!(await admin.retireFirstPassword(loginName))) {
          return { kind: 'bad', text: 'There is only one password; add a second one first.' };
        }
        return done('Only the new password works now.');
      case 'discard':
        if (!(await admin.discardSecondPassword(loginName, account))) return CHANGED;
        return done('The new password is gone; the old one works as before.');
      default:
        return UNKNOWN_ACT;
    }
  }
}

function content(hasSecond: boolean, notice?: Notice): Html {
  return html`<div class="narrow"><h1>Passwords</h1>
<p>You can change the password while programs still use the old one: for a time, both work.</p>
${noticeView(notice)}
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
<p>When nothing uses the old one any more, retire it. All other sessions then end.</p>
<label>Current password, either of the two<input name="current" type="password" required autocomplete="current-password"></label>
<button name="act" value="retire">Retire the old password</button>
<button class="secondary" name="act" value="discard">Keep the old one, and discard the new one</button>
</form>`;
}
