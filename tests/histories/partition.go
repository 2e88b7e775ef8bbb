package main

import (
	"errors"

	"github.com/anishathalye/porcupine"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// partition splits a history into those of the things that are independent of each other.
func partition(history []porcupine.Operation, name func(input any) string) [][]porcupine.Operation {
	parts := map[string][]porcupine.Operation{}
	for _, operation := range history {
		n := name(operation.Input)
		parts[n] = append(parts[n], operation)
	}
	var out [][]porcupine.Operation
	for _, part := range parts {
		out = append(out, part)
	}
	return out
}

func asConditionFailed(err error) (*types.ConditionalCheckFailedException, bool) {
	var failed *types.ConditionalCheckFailedException
	return failed, errors.As(err, &failed)
}
