import com.google.gson.Gson;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToDoubleFunction;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Datapoint;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.cloudwatch.model.StandardUnit;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.Role;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

/** The journey of tests/sdks (see README.md) with the AWS SDK for Java 2. */
public final class Journey {
  record Plan(String name, Path largeFile, String trust, String policy, String small, String specialKey) {
    static Plan read(String file) throws IOException {
      Map<?, ?> m = new Gson().fromJson(Files.readString(Path.of(file)), Map.class);
      return new Plan((String) m.get("name"), Path.of((String) m.get("largeFile")), (String) m.get("trust"), (String) m.get("policy"), (String) m.get("small"),
          (String) m.get("specialKey"));
    }

    String bucket() {
      return name + "-bucket";
    }
  }

  /** A session of the role, and the URLs of the queue that the role may use and of one that it may not. */
  record Session(AwsCredentialsProvider credentials, String queue, String other) {}

  private final Plan plan;
  private final Session session;
  private final S3Client s3;
  private final SqsClient sqs;
  private final CloudWatchClient cloudWatch;
  private final Map<String, Object> out = new LinkedHashMap<>();

  private Journey(Plan plan) {
    this.plan = plan;
    session = setUp(plan);
    s3 = S3Client.builder().credentialsProvider(session.credentials).build();
    sqs = SqsClient.builder().credentialsProvider(session.credentials).build();
    cloudWatch = CloudWatchClient.builder().credentialsProvider(session.credentials).build();
  }

  private static Session setUp(Plan plan) {
    IamClient iam = IamClient.builder().build();
    Role role = iam.createRole(r -> r.roleName(plan.name + "-role").assumeRolePolicyDocument(plan.trust)).role();
    iam.putRolePolicy(r -> r.roleName(role.roleName()).policyName("journey").policyDocument(plan.policy));
    S3Client.create().createBucket(r -> r.bucket(plan.bucket()));
    SqsClient sqs = SqsClient.create();
    String queue = sqs.createQueue(r -> r.queueName(plan.name + "-queue")).queueUrl();
    String other = sqs.createQueue(r -> r.queueName(plan.name + "-other")).queueUrl();
    Credentials c = StsClient.create().assumeRole(r -> r.roleArn(role.arn()).roleSessionName(plan.name + "-session")).credentials();
    return new Session(StaticCredentialsProvider.create(AwsSessionCredentials.create(c.accessKeyId(), c.secretAccessKey(), c.sessionToken())), queue, other);
  }

  /** Code, message and status of a call that has to fail. */
  private static Map<String, Object> refused(Callable<?> call) throws Exception {
    try {
      call.call();
    } catch (AwsServiceException e) {
      return Map.of("code", e.awsErrorDetails().errorCode(), "message", e.awsErrorDetails().errorMessage(), "status", e.statusCode());
    }
    throw new IllegalStateException("expected a service's error");
  }

  private static boolean fails(Class<? extends Exception> type, Callable<?> call) {
    try {
      call.call();
    } catch (Exception e) {
      return type.isInstance(e);
    }
    return false;
  }

  private String text(String key, String range) {
    return s3.getObjectAsBytes(r -> r.bucket(plan.bucket()).key(key).range(range)).asUtf8String();
  }

  private void objects() throws Exception {
    String small = "allowed/small.txt";
    s3.putObject(r -> r.bucket(plan.bucket()).key(small).contentType("text/plain").metadata(Map.of("colour", "blue")), RequestBody.fromString(plan.small));
    try (ResponseInputStream<GetObjectResponse> got = s3.getObject(r -> r.bucket(plan.bucket()).key(small))) {
      out.put("small", new String(got.readAllBytes(), StandardCharsets.UTF_8));
      out.put("content_type", got.response().contentType());
      out.put("metadata", got.response().metadata());
    }
    out.put("checksum", s3.headObject(r -> r.bucket(plan.bucket()).key(small).checksumMode(ChecksumMode.ENABLED)).checksumCRC32());
    out.put("range", text(small, "bytes=2-6"));
    s3.putObject(r -> r.bucket(plan.bucket()).key(plan.specialKey), RequestBody.fromString(plan.specialKey));
    out.put("special", text(plan.specialKey, null));
    largeObject();
    List<String> keys = new ArrayList<>();
    s3.listObjectsV2Paginator(r -> r.bucket(plan.bucket()).prefix("allowed/").maxKeys(2)).contents().forEach(o -> keys.add(o.key()));
    out.put("keys", keys);
    out.put("missing_key_is_typed", fails(NoSuchKeyException.class, () -> s3.getObjectAsBytes(r -> r.bucket(plan.bucket()).key("allowed/missing"))));
    // Unlike the clients, the presigner does not read AWS_ENDPOINT_URL.
    try (S3Presigner presigner = S3Presigner.builder().credentialsProvider(session.credentials).endpointOverride(URI.create(System.getenv("AWS_ENDPOINT_URL"))).build()) {
      out.put("presigned", presigner.presignGetObject(p -> p.signatureDuration(Duration.ofMinutes(5)).getObjectRequest(r -> r.bucket(plan.bucket()).key(small))).url().toString());
    }
  }

  private void largeObject() throws Exception {
    String large = "allowed/large.bin";
    Path back = Files.createTempFile("journey-", ".bin");
    // What S3TransferManager.create() makes where the native client is not on the class path.
    try (S3AsyncClient client = S3AsyncClient.builder().credentialsProvider(session.credentials).multipartEnabled(true).build();
        S3TransferManager manager = S3TransferManager.builder().s3Client(client).build()) {
      manager.uploadFile(u -> u.source(plan.largeFile).putObjectRequest(r -> r.bucket(plan.bucket()).key(large))).completionFuture().join();
      manager.downloadFile(d -> d.destination(back).getObjectRequest(r -> r.bucket(plan.bucket()).key(large))).completionFuture().join();
      out.put("large_sha256", HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(back))));
    } finally {
      Files.delete(back);
    }
    out.put("large_etag", s3.headObject(r -> r.bucket(plan.bucket()).key(large)).eTag());
  }

  private List<Message> receive(int wait) {
    return sqs.receiveMessage(r -> r.queueUrl(session.queue).waitTimeSeconds(wait).messageAttributeNames("All")).messages();
  }

  private void messages() throws Exception {
    long start = System.nanoTime();
    out.put("empty", receive(1).size());
    out.put("empty_seconds", (System.nanoTime() - start) / 1e9);
    long waiting = System.nanoTime();
    CompletableFuture<List<Message>> arriving = CompletableFuture.supplyAsync(() -> receive(20));
    Thread.sleep(300); // so that the receive waits on the server before there is a message
    MessageAttributeValue blue = MessageAttributeValue.builder().dataType("String").stringValue("blue").build();
    sqs.sendMessage(r -> r.queueUrl(session.queue).messageBody(plan.small).messageAttributes(Map.of("colour", blue)));
    Message message = arriving.get().get(0);
    out.put("woken_seconds", (System.nanoTime() - waiting) / 1e9);
    out.put("message", message.body());
    out.put("message_attribute", message.messageAttributes().get("colour").stringValue());
    sqs.deleteMessage(r -> r.queueUrl(session.queue).receiptHandle(message.receiptHandle()));
    out.put("left", sqs.getQueueAttributes(r -> r.queueUrl(session.queue).attributeNames(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
        QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE)).attributesAsStrings());
    out.put("missing_queue_is_typed", fails(QueueDoesNotExistException.class, () -> sqs.getQueueUrl(r -> r.queueName(plan.name + "-missing"))));
  }

  private MetricDatum datum(Dimension dimension, Instant when, double value) {
    return MetricDatum.builder().metricName("latency").dimensions(dimension).timestamp(when).value(value).unit(StandardUnit.MILLISECONDS).build();
  }

  private void metrics() {
    Instant now = Instant.now();
    Dimension dimension = Dimension.builder().name("sdk").value(plan.name).build();
    cloudWatch.putMetricData(r -> r.namespace("journey").metricData(datum(dimension, now, 12.5), datum(dimension, now, 30)));
    List<Datapoint> points = cloudWatch.getMetricStatistics(r -> r.namespace("journey").metricName("latency").dimensions(dimension)
        .startTime(now.minusSeconds(600)).endTime(now.plusSeconds(600)).period(3600).statistics(Statistic.SUM, Statistic.SAMPLE_COUNT)).datapoints();
    // The hour may turn within the twenty minutes.
    ToDoubleFunction<ToDoubleFunction<Datapoint>> total = field -> points.stream().mapToDouble(field).sum();
    out.put("metric", Map.of("sum", total.applyAsDouble(Datapoint::sum), "count", total.applyAsDouble(Datapoint::sampleCount)));
  }

  private void denials() throws Exception {
    AwsCredentialsProvider mine = session.credentials;
    String again = "arn:aws:iam::000000000000:role/" + plan.name + "-role";
    Map<String, Object> denied = new LinkedHashMap<>();
    denied.put("s3", refused(() -> s3.putObject(r -> r.bucket(plan.bucket()).key("forbidden.txt"), RequestBody.fromString("no"))));
    denied.put("s3_large", refused(() -> s3.putObject(r -> r.bucket(plan.bucket()).key("forbidden.bin"), RequestBody.fromFile(plan.largeFile))));
    denied.put("sqs", refused(() -> sqs.sendMessage(r -> r.queueUrl(session.other).messageBody("no"))));
    denied.put("cloudwatch", refused(() -> cloudWatch.listMetrics()));
    denied.put("iam", refused(() -> IamClient.builder().credentialsProvider(mine).build().createUser(r -> r.userName(plan.name + "-user"))));
    denied.put("sts", refused(() -> StsClient.builder().credentialsProvider(mine).build().assumeRole(r -> r.roleArn(again).roleSessionName("again"))));
    out.put("denied", denied);
  }

  public static void main(String[] arguments) throws Exception {
    Journey journey = new Journey(Plan.read(arguments[0]));
    journey.out.put("caller", StsClient.builder().credentialsProvider(journey.session.credentials).build().getCallerIdentity().arn());
    journey.objects();
    journey.messages();
    journey.metrics();
    journey.denials();
    new PrintStream(System.out, true, StandardCharsets.UTF_8).println(new Gson().toJson(journey.out)); // whatever the locale
    System.exit(0); // the SDK's idle connection reapers need not be waited for
  }
}
