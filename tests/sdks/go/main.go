// The journey of tests/sdks (see README.md) with the AWS SDK for Go v2.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// journey is read from the file that the first argument names; encoding/json ignores the case of names.
type journey struct {
	Name, LargeFile, Trust, Policy, Small, SpecialKey string
}

type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Status  int    `json:"status"`
}

var ctx = context.Background()

// must ends the program with the error: the test shows it.
func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// refused reads code, message and status of a call that has to fail.
func refused[T any](_ T, err error) refusal {
	var api smithy.APIError
	if !errors.As(err, &api) {
		panic(fmt.Sprintf("expected a service's error, got %v", err))
	}
	r := refusal{Code: api.ErrorCode(), Message: api.ErrorMessage()}
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		r.Status = answer.HTTPStatusCode()
	}
	return r
}

// setUp makes the role, bucket and queues and returns the configuration of a session of the role.
func setUp(j journey, owner aws.Config) (aws.Config, string, string) {
	roles := iam.NewFromConfig(owner)
	role := must(roles.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(j.Name + "-role"), AssumeRolePolicyDocument: &j.Trust})).Role
	must(roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role.RoleName, PolicyName: aws.String("journey"), PolicyDocument: &j.Policy}))
	must(s3.NewFromConfig(owner).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(j.Name + "-bucket")}))
	queues := sqs.NewFromConfig(owner)
	queue := must(queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(j.Name + "-queue")})).QueueUrl
	other := must(queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(j.Name + "-other")})).QueueUrl
	c := must(sts.NewFromConfig(owner).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: aws.String(j.Name + "-session")})).Credentials
	session := owner.Copy()
	session.Credentials = credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	return session, *queue, *other
}

func text(body io.ReadCloser) string {
	defer body.Close()
	return string(must(io.ReadAll(body)))
}

func objects(j journey, client *s3.Client, out map[string]any) {
	bucket := aws.String(j.Name + "-bucket")
	put := &s3.PutObjectInput{Bucket: bucket, Key: aws.String("allowed/small.txt"), Body: strings.NewReader(j.Small), ContentType: aws.String("text/plain"),
		Metadata: map[string]string{"colour": "blue"}}
	must(client.PutObject(ctx, put))
	got := must(client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: put.Key}))
	out["small"], out["content_type"], out["metadata"] = text(got.Body), *got.ContentType, got.Metadata
	out["checksum"] = aws.ToString(got.ChecksumCRC32)
	out["range"] = text(must(client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: put.Key, Range: aws.String("bytes=2-6")})).Body)
	must(client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &j.SpecialKey, Body: strings.NewReader(j.SpecialKey)}))
	out["special"] = text(must(client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: &j.SpecialKey})).Body)

	file := must(os.Open(j.LargeFile))
	defer file.Close()
	large := aws.String("allowed/large.bin")
	must(manager.NewUploader(client).Upload(ctx, &s3.PutObjectInput{Bucket: bucket, Key: large, Body: file}))
	buffer := manager.NewWriteAtBuffer(nil)
	must(manager.NewDownloader(client).Download(ctx, buffer, &s3.GetObjectInput{Bucket: bucket, Key: large}))
	sum := sha256.Sum256(buffer.Bytes())
	out["large_sha256"] = hex.EncodeToString(sum[:])
	out["large_etag"] = *must(client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: large})).ETag

	keys := []string{}
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("allowed/"), MaxKeys: aws.Int32(2)})
	for pages.HasMorePages() {
		for _, o := range must(pages.NextPage(ctx)).Contents {
			keys = append(keys, *o.Key)
		}
	}
	out["keys"] = keys
	out["presigned"] = must(s3.NewPresignClient(client).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: put.Key})).URL
	_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("allowed/missing")})
	var missing *s3types.NoSuchKey
	out["missing_key_is_typed"] = errors.As(err, &missing)
}

func messages(j journey, client *sqs.Client, queue string, out map[string]any) {
	receive := func(wait int32) []sqstypes.Message {
		return must(client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, WaitTimeSeconds: wait, MessageAttributeNames: []string{"All"}})).Messages
	}
	start := time.Now()
	out["empty"] = len(receive(1))
	out["empty_seconds"] = time.Since(start).Seconds()
	arrived := make(chan []sqstypes.Message)
	start = time.Now()
	go func() { arrived <- receive(20) }()
	time.Sleep(300 * time.Millisecond) // so that the receive waits on the server before there is a message
	must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: aws.String(j.Small),
		MessageAttributes: map[string]sqstypes.MessageAttributeValue{"colour": {DataType: aws.String("String"), StringValue: aws.String("blue")}}}))
	got := <-arrived
	out["woken_seconds"] = time.Since(start).Seconds()
	out["message"], out["message_attribute"] = *got[0].Body, *got[0].MessageAttributes["colour"].StringValue
	must(client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &queue, ReceiptHandle: got[0].ReceiptHandle}))
	left := must(client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: []sqstypes.QueueAttributeName{
		sqstypes.QueueAttributeNameApproximateNumberOfMessages, sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible}})).Attributes
	out["left"] = left
	_, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(j.Name + "-missing")})
	var missing *sqstypes.QueueDoesNotExist
	out["missing_queue_is_typed"] = errors.As(err, &missing)
}

func metrics(j journey, client *cloudwatch.Client, out map[string]any) {
	now := time.Now()
	dimensions := []cwtypes.Dimension{{Name: aws.String("sdk"), Value: &j.Name}}
	must(client.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("journey"), MetricData: []cwtypes.MetricDatum{
		{MetricName: aws.String("latency"), Dimensions: dimensions, Timestamp: &now, Value: aws.Float64(12.5), Unit: cwtypes.StandardUnitMilliseconds},
		{MetricName: aws.String("latency"), Dimensions: dimensions, Timestamp: &now, Value: aws.Float64(30), Unit: cwtypes.StandardUnitMilliseconds}}}))
	points := must(client.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{Namespace: aws.String("journey"), MetricName: aws.String("latency"),
		Dimensions: dimensions, StartTime: aws.Time(now.Add(-10 * time.Minute)), EndTime: aws.Time(now.Add(10 * time.Minute)), Period: aws.Int32(3600),
		Statistics: []cwtypes.Statistic{cwtypes.StatisticSum, cwtypes.StatisticSampleCount}})).Datapoints
	var sum, count float64 // the hour may turn within the twenty minutes
	for _, p := range points {
		sum, count = sum+*p.Sum, count+*p.SampleCount
	}
	out["metric"] = map[string]float64{"sum": sum, "count": count}
}

func denials(j journey, session aws.Config, client *s3.Client, other string) map[string]refusal {
	bucket := aws.String(j.Name + "-bucket")
	file := must(os.Open(j.LargeFile))
	defer file.Close()
	return map[string]refusal{
		"s3":         refused(client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("forbidden.txt"), Body: strings.NewReader("no")})),
		"s3_large":   refused(client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("forbidden.bin"), Body: file})),
		"sqs":        refused(sqs.NewFromConfig(session).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &other, MessageBody: aws.String("no")})),
		"cloudwatch": refused(cloudwatch.NewFromConfig(session).ListMetrics(ctx, &cloudwatch.ListMetricsInput{})),
		"iam":        refused(iam.NewFromConfig(session).CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String(j.Name + "-user")})),
		"sts": refused(sts.NewFromConfig(session).AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::000000000000:role/" + j.Name + "-role"), RoleSessionName: aws.String("again")})),
	}
}

func main() {
	var j journey
	check(json.Unmarshal(must(os.ReadFile(os.Args[1])), &j))
	owner := must(config.LoadDefaultConfig(ctx))
	session, queue, other := setUp(j, owner)
	out := map[string]any{"caller": *must(sts.NewFromConfig(session).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})).Arn}
	client := s3.NewFromConfig(session)
	objects(j, client, out)
	messages(j, sqs.NewFromConfig(session), queue, out)
	metrics(j, cloudwatch.NewFromConfig(session), out)
	out["denied"] = denials(j, session, client, other)
	fmt.Println(string(must(json.Marshal(out))))
}
