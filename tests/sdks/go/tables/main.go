// The journey of tests/sdks/test_tables.py with the AWS SDK for Go v2: attribute values and the expression builder.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type address struct {
	Town string `dynamodbav:"town" json:"town"`
	Zip  int    `dynamodbav:"zip" json:"zip"`
}

// order is stored as one item, by tags alone.
type order struct {
	Customer string   `dynamodbav:"customer" json:"customer"`
	Placed   int64    `dynamodbav:"placed" json:"placed"`
	State    string   `dynamodbav:"state,omitempty" json:"state"`
	Total    float64  `dynamodbav:"total" json:"total"`
	Paid     bool     `dynamodbav:"paid" json:"paid"`
	Tags     []string `dynamodbav:"tags,stringset,omitempty" json:"tags"`
	To       address  `dynamodbav:"to" json:"to"`
	Note     *string  `dynamodbav:"note" json:"note"`
}

var ctx = context.Background()

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func keyOf(customer string, placed int64) map[string]types.AttributeValue {
	return must(attributevalue.MarshalMap(struct {
		Customer string `dynamodbav:"customer"`
		Placed   int64  `dynamodbav:"placed"`
	}{customer, placed}))
}

func makeTable(client *dynamodb.Client, table string) {
	element := func(name string, t types.KeyType) types.KeySchemaElement { return types.KeySchemaElement{AttributeName: &name, KeyType: t} }
	attribute := func(name string, t types.ScalarAttributeType) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: t}
	}
	must(client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: &table, BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{element("customer", types.KeyTypeHash), element("placed", types.KeyTypeRange)},
		AttributeDefinitions: []types.AttributeDefinition{attribute("customer", "S"), attribute("placed", "N"), attribute("state", "S")},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{IndexName: aws.String("by-state"), Projection: &types.Projection{ProjectionType: "ALL"},
			KeySchema: []types.KeySchemaElement{element("state", types.KeyTypeHash), element("placed", types.KeyTypeRange)}}},
	}))
	check(dynamodb.NewTableExistsWaiter(client).Wait(ctx, &dynamodb.DescribeTableInput{TableName: &table}, time.Minute))
}

func putMany(client *dynamodb.Client, table string) {
	for from := int64(0); from < 50; from += 25 {
		var requests []types.WriteRequest
		for i := from; i < from+25; i++ {
			item := must(attributevalue.MarshalMap(order{Customer: "bob", Placed: i, State: "open", Total: float64(i) / 2}))
			requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
		}
		must(client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: requests}}))
	}
}

// queried gives the places in the index of what is open and cheap enough, newest first, over all pages.
func queried(client *dynamodb.Client, table string) []int64 {
	built := must(expression.NewBuilder().
		WithKeyCondition(expression.Key("state").Equal(expression.Value("open")).And(expression.Key("placed").LessThan(expression.Value(20)))).
		WithFilter(expression.Name("total").GreaterThanEqual(expression.Value(7.5))).
		WithProjection(expression.NamesList(expression.Name("placed"))).Build())
	pages := dynamodb.NewQueryPaginator(client, &dynamodb.QueryInput{
		TableName: &table, IndexName: aws.String("by-state"), KeyConditionExpression: built.KeyCondition(), FilterExpression: built.Filter(),
		ProjectionExpression: built.Projection(), ExpressionAttributeNames: built.Names(), ExpressionAttributeValues: built.Values(),
		ScanIndexForward: aws.Bool(false), Limit: aws.Int32(7)})
	var out []int64
	for pages.HasMorePages() {
		var found []order
		check(attributevalue.UnmarshalListOfMaps(must(pages.NextPage(ctx)).Items, &found))
		for _, one := range found {
			out = append(out, one.Placed)
		}
	}
	return out
}

func updated(client *dynamodb.Client, table string) order {
	built := must(expression.NewBuilder().
		WithUpdate(expression.Set(expression.Name("state"), expression.Value("paid")).Add(expression.Name("total"), expression.Value(1)).Remove(expression.Name("tags"))).
		WithCondition(expression.Name("paid").Equal(expression.Value(false))).Build())
	answer := must(client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &table, Key: keyOf("ada", 1), UpdateExpression: built.Update(), ConditionExpression: built.Condition(),
		ExpressionAttributeNames: built.Names(), ExpressionAttributeValues: built.Values(), ReturnValues: types.ReturnValueAllNew}))
	var out order
	check(attributevalue.UnmarshalMap(answer.Attributes, &out))
	return out
}

func refusals(client *dynamodb.Client, table string) map[string]any {
	item := must(attributevalue.MarshalMap(order{Customer: "ada", Placed: 1}))
	_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item, ConditionExpression: aws.String("attribute_not_exists(customer)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld})
	var failed *types.ConditionalCheckFailedException
	var old order
	if errors.As(err, &failed) {
		check(attributevalue.UnmarshalMap(failed.Item, &old))
	}
	_, err = client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: &table, Item: must(attributevalue.MarshalMap(order{Customer: "eve", Placed: 1}))}},
		{ConditionCheck: &types.ConditionCheck{TableName: &table, Key: keyOf("ada", 1), ConditionExpression: aws.String("attribute_not_exists(customer)")}}}})
	var cancelled *types.TransactionCanceledException
	reasons := []string{}
	if errors.As(err, &cancelled) {
		for _, reason := range cancelled.CancellationReasons {
			reasons = append(reasons, aws.ToString(reason.Code))
		}
	}
	_, err = client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("nothing"), Key: keyOf("ada", 1)})
	var missing *types.ResourceNotFoundException
	return map[string]any{"old_state": old.State, "reasons": reasons, "missing_is_typed": errors.As(err, &missing)}
}

func main() {
	var told struct{ Name string }
	check(json.Unmarshal(must(os.ReadFile(os.Args[1])), &told))
	table := told.Name + "-orders"
	client := dynamodb.NewFromConfig(must(config.LoadDefaultConfig(ctx)))
	makeTable(client, table)
	first := order{Customer: "ada", Placed: 1, State: "open", Total: 12.5, Tags: []string{"new", "gift"}, To: address{"Ulm", 89073}}
	must(client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: must(attributevalue.MarshalMap(first))}))
	var got order
	check(attributevalue.UnmarshalMap(must(client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: keyOf("ada", 1), ConsistentRead: aws.Bool(true)})).Item, &got))
	putMany(client, table)
	results := refusals(client, table)
	results["got"], results["queried"], results["updated"] = got, queried(client, table), updated(client, table)
	counted := 0
	scan := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table, Limit: aws.Int32(20)})
	for scan.HasMorePages() {
		counted += int(must(scan.NextPage(ctx)).Count)
	}
	results["counted"] = counted
	must(client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &table}))
	check(dynamodb.NewTableNotExistsWaiter(client).Wait(ctx, &dynamodb.DescribeTableInput{TableName: &table}, time.Minute))
	fmt.Println(string(must(json.Marshal(results))))
}
