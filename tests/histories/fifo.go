package main

import (
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strconv"
	"strings"

	"github.com/anishathalye/porcupine"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// FIFO queues with a few message groups each. A send whose connection breaks is repeated with its deduplication id, a receive with its attempt
// id, a delete or a release with its handle: each must then have happened once. A group gives its messages
// in order, up to the first one that somebody holds.

const (
	queueCount     = 10
	groupsPerQueue = 3
	heldFor        = 12 * 60 * 60 // seconds; nothing times out while a history is made
)

type held struct {
	queue               int
	group, body, handle string
}

type fifoInput struct {
	queue       int
	verb        string // send, receive, delete, release
	group, body string
	most        int // receive
}

type fifoOutput struct {
	messages []string // receive: "group/body", in order
	sequence string   // send: the number that it was given, 20 digits
}

type fifo struct {
	*run
	urls  [queueCount]string
	holds [64][]held
}

func (w *fifo) setUp(ctx context.Context) error {
	for q := range w.urls {
		made, err := w.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(fmt.Sprintf("history-%d.fifo", q)),
			Attributes: map[string]string{"FifoQueue": "true", "VisibilityTimeout": strconv.Itoa(heldFor)}})
		if err != nil {
			return err
		}
		w.urls[q] = *made.QueueUrl
	}
	return nil
}

func (w *fifo) step(client int, random *rand.Rand) {
	in := fifoInput{queue: random.Intn(queueCount)}
	holds := w.holds[client]
	switch n := random.Intn(100); {
	case n < 35:
		in.verb, in.group, in.body = "send", string(rune('a'+random.Intn(groupsPerQueue))), strconv.FormatInt(w.unique.Add(1), 10)
	case n < 70 || len(holds) == 0:
		in.verb, in.most = "receive", 1+random.Intn(3)
	case n < 92:
		in.verb = "delete"
	default:
		in.verb = "release"
	}
	start := w.now()
	var out fifoOutput
	var err error
	switch in.verb {
	case "send":
		out.sequence, err = w.send(in, random)
	case "receive":
		out, err = w.receive(in, client, random)
	default:
		i := random.Intn(len(holds))
		h := holds[i]
		w.holds[client] = slices.Delete(holds, i, i+1)
		in.queue, in.group, in.body = h.queue, h.group, h.body
		err = w.letGo(in.verb, h)
	}
	if judge(err) == answered && err != nil {
		w.fail(fmt.Errorf("%+v: %w", in, err))
		return
	}
	w.record(client, start, in, out, judge(err))
}

func (w *fifo) send(in fifoInput, random *rand.Rand) (sequence string, err error) {
	id := in.body
	for again := range 2 {
		err = settled(func() error {
			sent, err := w.sqs.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: &w.urls[in.queue], MessageBody: &in.body, MessageGroupId: &in.group, MessageDeduplicationId: &id})
			if err == nil {
				sequence = aws.ToString(sent.SequenceNumber)
			}
			return err
		})
		if err != nil || again == 1 || !w.seeded("repeated-message", random) {
			break
		}
		id += "-again"
	}
	return sequence, err
}

func (w *fifo) receive(in fifoInput, client int, random *rand.Rand) (out fifoOutput, err error) {
	attempt := aws.String(fmt.Sprintf("attempt-%d", w.unique.Add(1)))
	var got *sqs.ReceiveMessageOutput
	err = settled(func() (err error) {
		got, err = w.sqs.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: &w.urls[in.queue], MaxNumberOfMessages: int32(in.most), ReceiveRequestAttemptId: attempt,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameMessageGroupId}})
		return err
	})
	if err != nil {
		return out, err
	}
	for _, m := range got.Messages {
		group := m.Attributes[string(types.MessageSystemAttributeNameMessageGroupId)]
		out.messages = append(out.messages, group+"/"+*m.Body)
		w.holds[client] = append(w.holds[client], held{in.queue, group, *m.Body, *m.ReceiptHandle})
	}
	if len(out.messages) > 1 && w.bug == "reordered-group" {
		if strings.Split(out.messages[0], "/")[0] == strings.Split(out.messages[1], "/")[0] && w.seeded("reordered-group", random) {
			out.messages[0], out.messages[1] = out.messages[1], out.messages[0]
		}
	}
	return out, nil
}

func (w *fifo) letGo(verb string, h held) error {
	tries := 0
	return settled(func() (err error) {
		if verb == "delete" {
			_, err = w.sqs.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{QueueUrl: &w.urls[h.queue], ReceiptHandle: &h.handle})
			return err
		}
		_, err = w.sqs.ChangeMessageVisibility(context.Background(), &sqs.ChangeMessageVisibilityInput{QueueUrl: &w.urls[h.queue], ReceiptHandle: &h.handle, VisibilityTimeout: 0})
		if tries++; tries > 1 && err != nil && strings.Contains(err.Error(), "The receipt handle has expired") {
			return nil // the first try, whose answer was lost, has released it
		}
		return err
	})
}

// fifoState is a queue. A group's messages are text, so that states are compared cheaply: "1*,2,3", a star behind what is in flight. The number of
// the last message sent orders sends that overlap; without it their order would show only when somebody receives them, and the search for it
// would take for ever.
type fifoState struct {
	groups [groupsPerQueue]string
	last   [groupsPerQueue]string
}

func messagesOf(group string) []string {
	if group == "" {
		return nil
	}
	return strings.Split(group, ",")
}

func fifoStep(state, input, output any) (bool, any) {
	s, in := state.(fifoState), input.(fifoInput)
	if in.verb == "receive" {
		out, told := output.(fifoOutput)
		return told && receiveStep(&s, out), s
	}
	g := in.group[0] - 'a'
	all := messagesOf(s.groups[g])
	at := slices.Index(all, in.body+"*")
	switch {
	case in.verb == "send":
		out, told := output.(fifoOutput)
		if told && out.sequence <= s.last[g] {
			return false, s
		}
		all, s.last[g] = append(all, in.body), max(s.last[g], out.sequence)
	case at < 0:
		return false, s
	case in.verb == "delete":
		all = slices.Delete(all, at, at+1)
	case in.verb == "release":
		all[at] = in.body
	}
	s.groups[g] = strings.Join(all, ",")
	return true, s
}

// receiveStep: what is given of a group are its first messages, up to the first one that is in flight; an empty answer means that there was
// nothing to give.
func receiveStep(s *fifoState, out fifoOutput) bool {
	var taken [groupsPerQueue]int
	for _, m := range out.messages {
		name, body, _ := strings.Cut(m, "/")
		g := name[0] - 'a'
		all := messagesOf(s.groups[g])
		if taken[g] >= len(all) || all[taken[g]] != body {
			return false
		}
		all[taken[g]] += "*"
		taken[g]++
		s.groups[g] = strings.Join(all, ",")
	}
	return len(out.messages) > 0 || !slices.ContainsFunc(s.groups[:], func(group string) bool { return group != "" && !strings.HasSuffix(messagesOf(group)[0], "*") })
}

func (w *fifo) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return fifoState{} },
		Step: fifoStep,
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			return partition(history, func(input any) string { return strconv.Itoa(input.(fifoInput).queue) })
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
	}
}
