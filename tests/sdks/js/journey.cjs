// The journey of tests/sdks (see README.md) with the AWS SDK for JavaScript v3. CommonJS, because NODE_PATH names the folder of the packages.
const crypto = require("node:crypto");
const fs = require("node:fs");
const { setTimeout: sleep } = require("node:timers/promises");
const { CloudWatchClient, PutMetricDataCommand, GetMetricStatisticsCommand, ListMetricsCommand } = require("@aws-sdk/client-cloudwatch");
const { IAMClient, CreateRoleCommand, PutRolePolicyCommand, CreateUserCommand } = require("@aws-sdk/client-iam");
const { S3Client, CreateBucketCommand, PutObjectCommand, GetObjectCommand, HeadObjectCommand, NoSuchKey, paginateListObjectsV2 } = require("@aws-sdk/client-s3");
const { SQSClient, CreateQueueCommand, SendMessageCommand, ReceiveMessageCommand, DeleteMessageCommand, GetQueueAttributesCommand, GetQueueUrlCommand,
  QueueDoesNotExist } = require("@aws-sdk/client-sqs");
const { STSClient, AssumeRoleCommand, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const j = JSON.parse(fs.readFileSync(process.argv[2]));
const name = j.name, bucket = `${name}-bucket`;

/** Code, message and status of a call that has to fail. */
async function refused(call) {
  try {
    await call;
  } catch (e) {
    if (!e.$metadata) throw e;
    return { code: e.name, message: e.message, status: e.$metadata.httpStatusCode };
  }
  throw new Error("expected a service's error");
}

async function isA(type, call) {
  try {
    await call;
  } catch (e) {
    return e instanceof type;
  }
  return false;
}

/** Makes the role, bucket and queues; the settings of a session of the role and the queues' URLs. */
async function setUp() {
  const iam = new IAMClient(), sqs = new SQSClient();
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: `${name}-role`, AssumeRolePolicyDocument: j.trust }));
  await iam.send(new PutRolePolicyCommand({ RoleName: Role.RoleName, PolicyName: "journey", PolicyDocument: j.policy }));
  await new S3Client().send(new CreateBucketCommand({ Bucket: bucket }));
  const queue = (await sqs.send(new CreateQueueCommand({ QueueName: `${name}-queue` }))).QueueUrl;
  const other = (await sqs.send(new CreateQueueCommand({ QueueName: `${name}-other` }))).QueueUrl;
  const c = (await new STSClient().send(new AssumeRoleCommand({ RoleArn: Role.Arn, RoleSessionName: `${name}-session` }))).Credentials;
  return [{ credentials: { accessKeyId: c.AccessKeyId, secretAccessKey: c.SecretAccessKey, sessionToken: c.SessionToken } }, queue, other];
}

async function objects(s3) {
  const out = {}, small = { Bucket: bucket, Key: "allowed/small.txt" }, large = { Bucket: bucket, Key: "allowed/large.bin" };
  await s3.send(new PutObjectCommand({ ...small, Body: j.small, ContentType: "text/plain", Metadata: { colour: "blue" } }));
  const got = await s3.send(new GetObjectCommand(small));
  Object.assign(out, { small: await got.Body.transformToString(), content_type: got.ContentType, metadata: got.Metadata, checksum: got.ChecksumCRC32 });
  out.range = await (await s3.send(new GetObjectCommand({ ...small, Range: "bytes=2-6" }))).Body.transformToString();
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: j.specialKey, Body: j.specialKey }));
  out.special = await (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: j.specialKey }))).Body.transformToString();
  await new Upload({ client: s3, params: { ...large, Body: fs.createReadStream(j.largeFile) } }).done();
  const hash = crypto.createHash("sha256");
  for await (const piece of (await s3.send(new GetObjectCommand(large))).Body) hash.update(piece);
  out.large_sha256 = hash.digest("hex");
  out.large_etag = (await s3.send(new HeadObjectCommand(large))).ETag;
  out.keys = [];
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket: bucket, Prefix: "allowed/" })) out.keys.push(...page.Contents.map((o) => o.Key));
  out.presigned = await getSignedUrl(s3, new GetObjectCommand(small));
  out.missing_key_is_typed = await isA(NoSuchKey, s3.send(new GetObjectCommand({ Bucket: bucket, Key: "allowed/missing" })));
  return out;
}

async function messages(sqs, queue) {
  const receive = async (wait) => (await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: wait, MessageAttributeNames: ["All"] }))).Messages ?? [];
  const out = {};
  let start = performance.now();
  out.empty = (await receive(1)).length;
  out.empty_seconds = (performance.now() - start) / 1000;
  start = performance.now();
  const arriving = receive(20);
  await sleep(300); // so that the receive waits on the server before there is a message
  await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: j.small, MessageAttributes: { colour: { DataType: "String", StringValue: "blue" } } }));
  const [message] = await arriving;
  out.woken_seconds = (performance.now() - start) / 1000;
  Object.assign(out, { message: message.Body, message_attribute: message.MessageAttributes.colour.StringValue });
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message.ReceiptHandle }));
  const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
  out.left = (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames }))).Attributes;
  out.missing_queue_is_typed = await isA(QueueDoesNotExist, sqs.send(new GetQueueUrlCommand({ QueueName: `${name}-missing` })));
  return out;
}

async function metric(cloudwatch) {
  const now = Date.now(), Namespace = "journey", MetricName = "latency", Dimensions = [{ Name: "sdk", Value: name }];
  await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData: [12.5, 30].map((Value) => ({ MetricName, Dimensions, Timestamp: new Date(now), Value, Unit: "Milliseconds" })) }));
  const points = (await cloudwatch.send(new GetMetricStatisticsCommand({ Namespace, MetricName, Dimensions, StartTime: new Date(now - 600e3), EndTime: new Date(now + 600e3),
    Period: 3600, Statistics: ["Sum", "SampleCount"] }))).Datapoints;
  const total = (field) => points.reduce((sum, p) => sum + p[field], 0); // the hour may turn within the twenty minutes
  return { sum: total("Sum"), count: total("SampleCount") };
}

async function denials(session, s3, other) {
  return {
    s3: await refused(s3.send(new PutObjectCommand({ Bucket: bucket, Key: "forbidden.txt", Body: "no" }))),
    s3_large: await refused(s3.send(new PutObjectCommand({ Bucket: bucket, Key: "forbidden.bin", Body: fs.createReadStream(j.largeFile) }))),
    sqs: await refused(new SQSClient(session).send(new SendMessageCommand({ QueueUrl: other, MessageBody: "no" }))),
    cloudwatch: await refused(new CloudWatchClient(session).send(new ListMetricsCommand({}))),
    iam: await refused(new IAMClient(session).send(new CreateUserCommand({ UserName: `${name}-user` }))),
    sts: await refused(new STSClient(session).send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::000000000000:role/${name}-role`, RoleSessionName: "again" }))),
  };
}

async function main() {
  const [session, queue, other] = await setUp();
  const s3 = new S3Client(session);
  const out = { caller: (await new STSClient(session).send(new GetCallerIdentityCommand())).Arn };
  Object.assign(out, await objects(s3), await messages(new SQSClient(session), queue));
  out.metric = await metric(new CloudWatchClient(session));
  out.denied = await denials(session, s3, other);
  console.log(JSON.stringify(out));
}

main();
