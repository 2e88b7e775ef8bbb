package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"strconv"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Groups of accounts between which money moves in transactions, while others read a whole group at once and pay into single accounts.
// A transaction whose connection breaks is sent again with its token: it must have happened once.

const (
	accountTable     = "accounts"
	groupCount       = 12
	accountsPerGroup = 4
	firstBalance     = 100
)

type balances [accountsPerGroup]int64

type transferInput struct {
	group    int
	verb     string // read, transfer, guarded, pay
	from, to int
	amount   int64
	guard    int64 // guarded: the balance that `to` must have beforehand
}

type transferOutput struct {
	refused  bool
	balances balances // read: all; pay: that of `to`, afterwards
}

type transactions struct {
	*run
	seen [64][groupCount]balances
}

func account(group, number int) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"group": text(fmt.Sprintf("g%d", group)), "number": text(strconv.Itoa(number))}
}

func (w *transactions) setUp(ctx context.Context) error {
	_, err := w.dynamo.CreateTable(ctx, &dynamodb.CreateTableInput{TableName: aws.String(accountTable), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("group"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("number"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("group"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("number"), KeyType: types.KeyTypeRange}}})
	if err != nil {
		return err
	}
	if err = dynamodb.NewTableExistsWaiter(w.dynamo).Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(accountTable)}, time.Minute); err != nil {
		return err
	}
	for g := range groupCount {
		for a := range accountsPerGroup {
			item := account(g, a)
			item["n"] = number(firstBalance)
			if _, err = w.dynamo.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(accountTable), Item: item}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *transactions) step(client int, random *rand.Rand) {
	in := transferInput{group: random.Intn(groupCount), from: random.Intn(accountsPerGroup), amount: 1 + random.Int63n(60)}
	in.to = (in.from + 1 + random.Intn(accountsPerGroup-1)) % accountsPerGroup
	switch n := random.Intn(100); {
	case n < 35:
		in.verb = "read"
	case n < 70:
		in.verb = "transfer"
	case n < 85:
		in.verb, in.guard = "guarded", w.seen[client][in.group][in.to]
	default:
		in.verb = "pay"
	}
	start := w.now()
	out, what, err := w.call(in, random)
	if err != nil {
		w.fail(fmt.Errorf("%+v: %w", in, err))
		return
	}
	w.record(client, start, in, out, what)
	if what == answered && in.verb == "read" {
		w.seen[client][in.group] = out.balances
	}
}

func (w *transactions) call(in transferInput, random *rand.Rand) (out transferOutput, what outcome, err error) {
	switch in.verb {
	case "read":
		return w.readGroup(in)
	case "pay":
		got, err := w.dynamo.UpdateItem(context.Background(), add(account(in.group, in.to), in.amount))
		if what = judge(err); what != answered || err != nil {
			return out, what, ignored(err, what)
		}
		out.balances[0] = valueOf(got.Attributes)
		return out, answered, nil
	}
	if w.seeded("torn-transaction", random) {
		return w.torn(in)
	}
	return w.transfer(in)
}

func ignored(err error, what outcome) error {
	if what == answered {
		return err
	}
	return nil
}

func add(key map[string]types.AttributeValue, amount int64) *dynamodb.UpdateItemInput {
	return &dynamodb.UpdateItemInput{TableName: aws.String(accountTable), Key: key, UpdateExpression: aws.String("ADD n :d"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":d": number(amount)}, ReturnValues: types.ReturnValueUpdatedNew}
}

func (w *transactions) readGroup(in transferInput) (out transferOutput, what outcome, err error) {
	var gets []types.TransactGetItem
	for a := range accountsPerGroup {
		gets = append(gets, types.TransactGetItem{Get: &types.Get{TableName: aws.String(accountTable), Key: account(in.group, a)}})
	}
	got, err := w.dynamo.TransactGetItems(context.Background(), &dynamodb.TransactGetItemsInput{TransactItems: gets})
	if what = judge(err); what != answered || code(err) == "TransactionCanceledException" {
		return out, notApplied, nil // a read changes nothing; one that met a transaction may be refused
	}
	if err != nil {
		return out, what, err
	}
	for a, response := range got.Responses {
		out.balances[a] = valueOf(response.Item)
	}
	return out, answered, nil
}

func (w *transactions) transfer(in transferInput) (out transferOutput, what outcome, err error) {
	table := aws.String(accountTable)
	items := []types.TransactWriteItem{
		{Update: &types.Update{TableName: table, Key: account(in.group, in.from), UpdateExpression: aws.String("SET n = n - :d"), ConditionExpression: aws.String("n >= :d"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":d": number(in.amount)}}},
		{Update: &types.Update{TableName: table, Key: account(in.group, in.to), UpdateExpression: aws.String("SET n = n + :d"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":d": number(in.amount)}}}}
	if in.verb == "guarded" {
		items[1].Update.ConditionExpression = aws.String("n = :g")
		items[1].Update.ExpressionAttributeValues[":g"] = number(in.guard)
	}
	token := aws.String(fmt.Sprintf("token-%d", w.unique.Add(1)))
	err = settled(func() error {
		_, err := w.dynamo.TransactWriteItems(context.Background(), &dynamodb.TransactWriteItemsInput{TransactItems: items, ClientRequestToken: token})
		return err
	})
	if what = judge(err); what != answered || err == nil {
		return out, what, nil
	}
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return out, what, err
	}
	for _, reason := range cancelled.CancellationReasons {
		if aws.ToString(reason.Code) == "ConditionalCheckFailed" {
			return transferOutput{refused: true}, answered, nil
		}
	}
	return out, notApplied, nil // a conflict with another transaction
}

// torn moves the money in two writes, as a server without transactions would.
func (w *transactions) torn(in transferInput) (out transferOutput, what outcome, err error) {
	in.verb = "transfer"
	if _, err = w.dynamo.UpdateItem(context.Background(), add(account(in.group, in.from), -in.amount)); err == nil {
		time.Sleep(20 * time.Millisecond)
		_, err = w.dynamo.UpdateItem(context.Background(), add(account(in.group, in.to), in.amount))
	}
	return out, judge(err), nil
}

func transferStep(state, input, output any) (bool, any) {
	b, in := state.(balances), input.(transferInput)
	out, told := output.(transferOutput)
	switch in.verb {
	case "read":
		return out.balances == b, b
	case "pay":
		b[in.to] += in.amount
		return !told || out.balances[0] == b[in.to], b
	}
	holds := b[in.from] >= in.amount && (in.verb != "guarded" || b[in.to] == in.guard)
	if holds {
		b[in.from] -= in.amount
		b[in.to] += in.amount
	}
	return !told || out.refused != holds, b
}

func (w *transactions) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return balances{firstBalance, firstBalance, firstBalance, firstBalance} },
		Step: transferStep,
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			return partition(history, func(input any) string { return strconv.Itoa(input.(transferInput).group) })
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
	}
}
