// The committed service models against the official clients: same operations, same shapes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceModels, ssmModel } from './index.ts';

test('every shape that a model refers to is there, and every error is an exception', () => {
  for (const model of serviceModels) {
    for (const [name, operation] of Object.entries(model.operations)) {
      for (const shape of [operation.input, operation.output])
        if (shape !== undefined) assert.equal(model.shapes[shape]?.type, 'structure', `${model.service}:${name}: shape ${shape}`);
      for (const error of operation.errors)
        assert.equal(model.shapes[error]?.exception, true, `${model.service}:${name}: error ${error}`);
    }
    for (const [name, shape] of Object.entries(model.shapes))
      for (const ref of [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value])
        if (ref) assert.ok(model.shapes[ref.shape], `${model.service}: ${name} refers to ${ref.shape}`);
  }
});

test('the service ssm has the operations of the public model and those that only agents call', () => {
  assert.ok(ssmModel.operations['SendCommand']);
  assert.ok(ssmModel.operations['RegisterManagedInstance']?.unsigned);
});

test('the compact model keeps its source: no documentation is left in it', () => {
  assert.ok(!JSON.stringify(serviceModels).includes('documentation'));
});
