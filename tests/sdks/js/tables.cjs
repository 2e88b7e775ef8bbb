// The journey of tests/sdks/test_tables.py with the AWS SDK for JavaScript v3: the document client. CommonJS, because NODE_PATH names the folder of the packages.
const fs = require("node:fs");
const { DynamoDBClient, CreateTableCommand, DeleteTableCommand, ConditionalCheckFailedException, TransactionCanceledException, ResourceNotFoundException,
  waitUntilTableExists, waitUntilTableNotExists } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand, BatchWriteCommand, TransactWriteCommand, paginateQuery, paginateScan } = require("@aws-sdk/lib-dynamodb");
const { unmarshall } = require("@aws-sdk/util-dynamodb");

const table = `${JSON.parse(fs.readFileSync(process.argv[2])).name}-orders`;
const client = new DynamoDBClient(), documents = DynamoDBDocumentClient.from(client);
const first = { customer: "ada", placed: 1, state: "open", total: 12.5, paid: false, tags: new Set(["new", "gift"]), to: { town: "Ulm", zip: 89073 }, note: null };

/** Sets have no JSON. */
const plain = (item) => ({ ...item, tags: item.tags ? [...item.tags] : null });

async function makeTable() {
  await client.send(new CreateTableCommand({
    TableName: table, BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "customer", KeyType: "HASH" }, { AttributeName: "placed", KeyType: "RANGE" }],
    AttributeDefinitions: [{ AttributeName: "customer", AttributeType: "S" }, { AttributeName: "placed", AttributeType: "N" }, { AttributeName: "state", AttributeType: "S" }],
    GlobalSecondaryIndexes: [{ IndexName: "by-state", Projection: { ProjectionType: "ALL" },
      KeySchema: [{ AttributeName: "state", KeyType: "HASH" }, { AttributeName: "placed", KeyType: "RANGE" }] }],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName: table });
}

async function putMany() {
  for (let from = 0; from < 50; from += 25) {
    const items = Array.from({ length: 25 }, (_, i) => ({ customer: "bob", placed: from + i, state: "open", total: (from + i) / 2, paid: false }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [table]: items.map((Item) => ({ PutRequest: { Item } })) } }));
  }
}

/** The places in the index of what is open and cheap enough, newest first, over all pages. */
async function queried() {
  const out = [];
  for await (const page of paginateQuery({ client: documents, pageSize: 7 }, {
    TableName: table, IndexName: "by-state", KeyConditionExpression: "#s = :open AND placed < :p", FilterExpression: "#t >= :t", ProjectionExpression: "placed",
    ExpressionAttributeNames: { "#s": "state", "#t": "total" }, ExpressionAttributeValues: { ":open": "open", ":p": 20, ":t": 7.5 }, ScanIndexForward: false,
  })) out.push(...page.Items.map((i) => i.placed));
  return out;
}

async function updated() {
  const { Attributes } = await documents.send(new UpdateCommand({
    TableName: table, Key: { customer: "ada", placed: 1 }, UpdateExpression: "SET #s = :paid ADD #t :one REMOVE tags", ConditionExpression: "paid = :no",
    ExpressionAttributeNames: { "#s": "state", "#t": "total" }, ExpressionAttributeValues: { ":paid": "paid", ":one": 1, ":no": false }, ReturnValues: "ALL_NEW",
  }));
  return plain(Attributes);
}

async function failure(type, command) {
  try {
    await documents.send(command);
  } catch (e) {
    if (e instanceof type) return e;
    throw e;
  }
  throw new Error("expected a service's error");
}

async function refusals() {
  const condition = { ConditionExpression: "attribute_not_exists(customer)" };
  const failed = await failure(ConditionalCheckFailedException,
    new PutCommand({ TableName: table, Item: { customer: "ada", placed: 1 }, ...condition, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }));
  const cancelled = await failure(TransactionCanceledException, new TransactWriteCommand({ TransactItems: [
    { Put: { TableName: table, Item: { customer: "eve", placed: 1 } } }, { ConditionCheck: { TableName: table, Key: { customer: "ada", placed: 1 }, ...condition } }] }));
  await failure(ResourceNotFoundException, new GetCommand({ TableName: "nothing", Key: { customer: "ada", placed: 1 } }));
  return { old_state: unmarshall(failed.Item).state, reasons: cancelled.CancellationReasons.map((r) => r.Code), missing_is_typed: true };
}

async function main() {
  await makeTable();
  await documents.send(new PutCommand({ TableName: table, Item: first }));
  const { Item } = await documents.send(new GetCommand({ TableName: table, Key: { customer: "ada", placed: 1 }, ConsistentRead: true }));
  await putMany();
  const results = { got: plain(Item), ...await refusals(), queried: await queried(), updated: await updated(), counted: 0 };
  for await (const page of paginateScan({ client: documents, pageSize: 20 }, { TableName: table })) results.counted += page.Count;
  await client.send(new DeleteTableCommand({ TableName: table }));
  await waitUntilTableNotExists({ client, maxWaitTime: 60 }, { TableName: table });
  console.log(JSON.stringify(results));
}

main();
