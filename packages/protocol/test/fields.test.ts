import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CERTIFICATE_MEANINGS,
  CERTIFICATE_ON_WIRE,
  CERTIFICATE_SHAPE,
  CHECKS,
  ORDER_MEANINGS,
  ORDER_ON_WIRE,
  ORDER_SHAPE,
  ORGANIZATION_DETAILS,
  ORGANIZATION_SHAPE,
  type Shape,
  SUGGESTED_ORG_DETAILS_SHAPE,
} from '../src/index.ts';

const MEANINGS: Readonly<Record<'order' | 'certificate', readonly string[]>> = {
  order: ORDER_MEANINGS,
  certificate: CERTIFICATE_MEANINGS,
};

const SHAPES: Readonly<Record<string, Shape>> = {
  ORDER_SHAPE,
  CERTIFICATE_SHAPE,
  SUGGESTED_ORG_DETAILS_SHAPE,
  ORGANIZATION_SHAPE,
};

describe('The shape of an order', () => {
  for (const [shapeName, shape] of Object.entries(SHAPES)) {
    test(`${shapeName}: what requires a field is a state of a field before it`, () => {
      const names = Object.keys(shape);
      for (const [name, { required }] of Object.entries(shape)) {
        if (typeof required === 'string') continue;
        const state = shape[required.when];
        assert.ok(state?.kind === 'word' || state?.kind === 'state', name);
        assert.ok(names.indexOf(required.when) < names.indexOf(name), name);
        const states = state.kind === 'word' ? state.words : MEANINGS[state.of];
        for (const one of required.is) assert.ok(states.includes(one), `${name}: ${one}`);
      }
    });

    test(`${shapeName}: a field is moved forward on the wire, before one that is on it`, () => {
      const names = Object.keys(shape);
      for (const [name, { wire }] of Object.entries(shape)) {
        if (wire?.before === undefined) continue;
        assert.ok(shape[wire.before]?.wire, name);
        assert.ok(names.indexOf(wire.before) < names.indexOf(name), name);
      }
    });

    test(`${shapeName}: a field is written as what it is`, () => {
      for (const [name, { kind, wire }] of Object.entries(shape)) {
        if (wire === undefined || wire.form === 'seconds') {
          assert.ok(wire === undefined || kind === 'time', name);
          continue;
        }
        const forms = { time: 'minute', check: 'check', object: 'organizations', list: 'certificates' };
        assert.equal(
          wire.form,
          Object.hasOwn(forms, kind) ? forms[kind as keyof typeof forms] : 'text',
          name,
        );
      }
    });
  }

  test('the order of the spec, section 2.2', () => {
    assert.deepEqual(
      ORDER_ON_WIRE.map(({ name }) => name),
      [
        'orderNumber',
        'orderDateTime',
        'orderStatus',
        'orderStatusReason',
        'suggestedOrgDetails',
        'certificates',
      ],
    );
    assert.deepEqual(
      CERTIFICATE_ON_WIRE.filter(({ since }) => since === '1.2').map(({ name }) => name),
      ['serialNumber', 'objectType', 'FQDN', 'certificateStatus', 'certificateStatusReason', ...CHECKS],
    );
    assert.deepEqual(CHECKS, [
      'csrStatus',
      'dcvStatus',
      'ovCallBackStatus',
      'organizationValidationStatus',
      'freeDVUPStatus',
      'evClickThroughStatus',
      'caaStatus',
    ]);
    assert.deepEqual(ORGANIZATION_DETAILS, [
      'organizationName',
      'streetAddress',
      'localityName',
      'stateOrProvinceName',
      'postalCode',
      'countryName',
      'dunsNumber',
      'telephoneNumber',
    ]);
  });
});
