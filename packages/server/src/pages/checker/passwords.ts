/** Changing an account's password without an outage: a second one is added, used everywhere, and the first retired. */

import type { FastifyInstance } from 'fastify';
import { passwordProblem } from '../../accounts/new-password.ts';
import { hashSecondPassword, matchesHash } from '../../accounts/password-hash.ts';
import { type Html, html } from '../html.ts';
import { formOf, notFoundOrNotYours } from '../page-server.ts';
import { type Said, saidView } from '../said.ts';
import { type AccountOwner, type CheckerRouteParts, sendAccountPage } from './frame.ts';

const PATH = '/passwords';

/** Adds the routes. */
export function passwordRoutes(
  pages: FastifyInstance,
  { store: { accounts }, sessions, hashes, proxies, requireAccount }: CheckerRouteParts,
): void {
  const hasSecond = async ({ loginName }: AccountOwner) =>
    (await accounts.find(loginName))?.secondPasswordHash !== null;
  const title = 'Passwords';

  pages.get(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    return sendAccountPage(reply, owner, PATH, { title, content: content(await hasSecond(owner)) });
  });

  pages.post(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    const { act, password, again } = formOf(request, 'act', 'password', 'again');
    const caller = proxies.callerAddress(request.raw);
    const said = await change(owner, caller, act, password, again);
    // Whoever was signed in with a password that is gone is not any more, but for who has just done it.
    const now = await accounts.find(owner.loginName);
    if (now === undefined) throw notFoundOrNotYours();
    const { accountID, credentialVersion } = now;
    if (credentialVersion !== owner.credentialVersion) {
      await sessions.signIn(request, reply, { ...owner, accountID, credentialVersion });
    }
    const page = { title, content: content(now.secondPasswordHash !== null, said) };
    return sendAccountPage(reply, owner, PATH, page, said.kind === 'good' ? 200 : 422);
  });

  async function change(
    { loginName }: AccountOwner,
    caller: string,
    act: string,
    password: string,
    again: string,
  ): Promise<Said> {
    const account = await accounts.find(loginName);
    if (account === undefined) throw notFoundOrNotYours();
    const { passwordHash, secondPasswordHash } = account;
    switch (act) {
      case 'add': {
        const problem = passwordProblem(password);
        if (problem !== undefined) return { kind: 'bad', text: `The new password ${problem}.` };
        if (password !== again) return { kind: 'bad', text: 'The two new passwords are not the same.' };
        if (await hashes.run(caller, () => matchesHash(password, passwordHash))) {
          return { kind: 'bad', text: 'That is the password that you have already; choose another.' };
        }
        const hash = await hashes.run(caller, () => hashSecondPassword(password, passwordHash));
        const isSet = await accounts.setSecondPasswordHash(loginName, passwordHash, hash);
        if (!isSet) return { kind: 'bad', text: 'The password was changed meanwhile; try again.' };
        return {
          kind: 'good',
          text: 'Both passwords work now. Use the new one everywhere, then retire the old one.',
        };
      }
      case 'retire':
        if (!(await accounts.retireFirstPassword(loginName))) {
          return { kind: 'bad', text: 'There is only one password; add a second one first.' };
        }
        return { kind: 'good', text: 'Only the new password works now.' };
      case 'discard':
        if (secondPasswordHash !== null) await accounts.setSecondPasswordHash(loginName, passwordHash, null);
        return { kind: 'good', text: 'The new password is gone; the old one works as before.' };
      default:
        return { kind: 'bad', text: 'That is nothing that can be done here.' };
    }
  }
}

function content(hasSecond: boolean, said?: Said): Html {
  return html`<div class="narrow"><h1>Passwords</h1>
<p>A password can be changed while programs go on asking with the old one: for a time, both work.</p>
${saidView(said)}
${hasSecond ? twoPasswords() : onePassword()}
</div>`;
}

function onePassword(): Html {
  return html`<form class="stacked card" method="post" action="${PATH}">
<h2>1. Add a second password</h2>
<label>New password<input name="password" type="password" required maxlength="256" autocomplete="new-password"></label>
<label>The same again<input name="again" type="password" required maxlength="256" autocomplete="new-password"></label>
<button name="act" value="add">Add it</button>
</form>
<p class="hint">2. Use it everywhere. 3. Come back here and retire the old one.</p>`;
}

function twoPasswords(): Html {
  return html`<form class="stacked card" method="post" action="${PATH}">
<h2>Two passwords work</h2>
<p>When nothing uses the old one any more, retire it. Everybody who signed in before is then signed out.</p>
<button name="act" value="retire">Retire the old password</button>
<button class="secondary" name="act" value="discard">Keep the old one, and drop the new one</button>
</form>`;
}
