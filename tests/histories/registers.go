package main

import (
	"context"
	"fmt"
	"math/rand"
	"strconv"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Items of a table, each a register by itself: puts, conditional puts, updates, deletes and consistent reads, all with what they tell of before.

const (
	registerTable = "registers"
	registerCount = 40
	absent        = int64(-1)
)

type registerInput struct {
	key, verb string // read, put, create, compare, add, delete
	value     int64  // to write, or to add
	expected  int64  // of compare
}

type registerOutput struct {
	refused bool  // the condition did not hold
	value   int64 // read: the value; add: after; else: before
}

type registers struct {
	*run
	seen [64][registerCount]int64 // by client: what it last knew of a register
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func (w *registers) setUp(ctx context.Context) error {
	_, err := w.dynamo.CreateTable(ctx, &dynamodb.CreateTableInput{TableName: aws.String(registerTable), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}}})
	if err != nil {
		return err
	}
	for c := range w.seen {
		for k := range w.seen[c] {
			w.seen[c][k] = absent
		}
	}
	return dynamodb.NewTableExistsWaiter(w.dynamo).Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(registerTable)}, time.Minute)
}

func valueOf(item map[string]types.AttributeValue) int64 {
	n, ok := item["n"].(*types.AttributeValueMemberN)
	if !ok {
		return absent
	}
	v, _ := strconv.ParseInt(n.Value, 10, 64)
	return v
}

func (w *registers) step(client int, random *rand.Rand) {
	k := random.Intn(registerCount)
	in := registerInput{key: fmt.Sprintf("r%d", k), value: w.unique.Add(1) * 1000}
	switch n := random.Intn(100); {
	case n < 30:
		in.verb = "read"
	case n < 45:
		in.verb = "put"
	case n < 55:
		in.verb = "create"
	case n < 80 && w.seen[client][k] != absent:
		in.verb, in.expected = "compare", w.seen[client][k]
	case n < 92:
		in.verb, in.value = "add", 1
	default:
		in.verb = "delete"
	}
	start := w.now()
	out, what, err := w.call(in, client, k, random)
	if err != nil {
		w.fail(fmt.Errorf("%+v: %w", in, err))
		return
	}
	w.record(client, start, in, out, what)
	if what == answered {
		w.seen[client][k] = known(in, out)
	}
}

// known is what a client knows of a register after an answer.
func known(in registerInput, out registerOutput) int64 {
	switch {
	case in.verb == "read" || in.verb == "add" || out.refused:
		return out.value
	case in.verb == "delete":
		return absent
	}
	return in.value
}

func (w *registers) call(in registerInput, client, k int, random *rand.Rand) (out registerOutput, what outcome, err error) {
	ctx, table, key := context.Background(), aws.String(registerTable), map[string]types.AttributeValue{"id": text(in.key)}
	var item map[string]types.AttributeValue
	switch in.verb {
	case "read":
		var got *dynamodb.GetItemOutput
		got, err = w.dynamo.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key, ConsistentRead: aws.Bool(true)})
		if what = judge(err); what == unknown {
			return out, notApplied, nil // a read changes nothing
		}
		if err == nil {
			item = got.Item
		}
		if w.seeded("stale-read", random) {
			return registerOutput{value: w.seen[client][k]}, what, nil
		}
	case "put", "create", "compare":
		put := &dynamodb.PutItemInput{TableName: table, Item: map[string]types.AttributeValue{"id": text(in.key), "n": number(in.value)},
			ReturnValues: types.ReturnValueAllOld, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}
		if in.verb == "create" {
			put.ConditionExpression = aws.String("attribute_not_exists(id)")
		} else if in.verb == "compare" && !w.seeded("lost-condition", random) {
			put.ConditionExpression, put.ExpressionAttributeValues = aws.String("n = :e"), map[string]types.AttributeValue{":e": number(in.expected)}
		}
		var got *dynamodb.PutItemOutput
		if got, err = w.dynamo.PutItem(ctx, put); err == nil {
			item = got.Attributes
		}
	case "add":
		var got *dynamodb.UpdateItemOutput
		got, err = w.dynamo.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: table, Key: key, UpdateExpression: aws.String("SET n = n + :d"),
			ConditionExpression: aws.String("attribute_exists(id)"), ExpressionAttributeValues: map[string]types.AttributeValue{":d": number(in.value)},
			ReturnValues: types.ReturnValueAllNew, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld})
		if err == nil {
			item = got.Attributes
		}
	case "delete":
		var got *dynamodb.DeleteItemOutput
		if got, err = w.dynamo.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key, ReturnValues: types.ReturnValueAllOld}); err == nil {
			item = got.Attributes
		}
	}
	if what = judge(err); what != answered {
		return out, what, nil
	}
	if failed, ok := asConditionFailed(err); ok {
		return registerOutput{refused: true, value: valueOf(failed.Item)}, answered, nil
	}
	return registerOutput{value: valueOf(item)}, answered, err
}

func registerStep(state, input, output any) (bool, any) {
	v, in := state.(int64), input.(registerInput)
	holds, after := true, in.value
	switch in.verb {
	case "read":
		after = v
	case "create":
		holds = v == absent
	case "compare":
		holds = v == in.expected
	case "add":
		holds, after = v != absent, v+in.value
	case "delete":
		after = absent
	}
	if !holds {
		after = v
	}
	if output == nil {
		return true, after
	}
	out, told := output.(registerOutput), v
	if in.verb == "add" && holds {
		told = after
	}
	return out.refused != holds && out.value == told, after
}

func (w *registers) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return absent },
		Step: registerStep,
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			return partition(history, func(input any) string { return input.(registerInput).key })
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
	}
}
