import { openStore } from '../../src/store/open-store.ts';
import { type OpenEmpty, testStore } from './contract.ts';
import { postgresDatabase } from './databases.ts';
import { testSearch } from './search-contract.ts';

const open: OpenEmpty = async (t) => {
  const store = await openStore(await postgresDatabase(t), 'write');
  t.after(() => store.close());
  return store;
};
testStore('postgres', open);
testSearch('postgres', open);
