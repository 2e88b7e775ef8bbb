import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.Expression;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSecondaryPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSecondarySortKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSortKey;
import software.amazon.awssdk.enhanced.dynamodb.model.ConditionCheck;
import software.amazon.awssdk.enhanced.dynamodb.model.EnhancedGlobalSecondaryIndex;
import software.amazon.awssdk.enhanced.dynamodb.model.PutItemEnhancedRequest;
import software.amazon.awssdk.enhanced.dynamodb.model.QueryConditional;
import software.amazon.awssdk.enhanced.dynamodb.model.ReadBatch;
import software.amazon.awssdk.enhanced.dynamodb.model.UpdateItemEnhancedRequest;
import software.amazon.awssdk.enhanced.dynamodb.model.WriteBatch;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/** The journey of tests/sdks/test_tables.py with the AWS SDK for Java 2: the enhanced client and its beans. */
public final class Tables {
  @DynamoDbBean
  public static class Address {
    private String town;
    private Integer zip;

    public String getTown() { return town; }
    public void setTown(String v) { town = v; }
    public Integer getZip() { return zip; }
    public void setZip(Integer v) { zip = v; }
  }

  @DynamoDbBean
  public static class Order {
    private String customer, state, note;
    private Long placed;
    private Double total;
    private Boolean paid;
    private Set<String> tags;
    private Address to;

    @DynamoDbPartitionKey public String getCustomer() { return customer; }
    public void setCustomer(String v) { customer = v; }
    @DynamoDbSortKey @DynamoDbSecondarySortKey(indexNames = "by-state") public Long getPlaced() { return placed; }
    public void setPlaced(Long v) { placed = v; }
    @DynamoDbSecondaryPartitionKey(indexNames = "by-state") public String getState() { return state; }
    public void setState(String v) { state = v; }
    public Double getTotal() { return total; }
    public void setTotal(Double v) { total = v; }
    public Boolean getPaid() { return paid; }
    public void setPaid(Boolean v) { paid = v; }
    public Set<String> getTags() { return tags; }
    public void setTags(Set<String> v) { tags = v; }
    public Address getTo() { return to; }
    public void setTo(Address v) { to = v; }
    public String getNote() { return note; }
    public void setNote(String v) { note = v; }
  }

  private static Order order(String customer, long placed, String state, Double total) {
    Order o = new Order();
    o.setCustomer(customer);
    o.setPlaced(placed);
    o.setState(state);
    o.setTotal(total);
    o.setPaid(false);
    return o;
  }

  private static final Key ADA = Key.builder().partitionValue("ada").sortValue(1).build();
  private static final Expression NEW = Expression.builder().expression("attribute_not_exists(customer)").build();

  /** The places in the index of what is open and cheap enough, newest first, over all pages. */
  private static List<Long> queried(DynamoDbTable<Order> table) {
    List<Long> out = new ArrayList<>();
    Expression cheap = Expression.builder().expression("#t >= :t").putExpressionName("#t", "total").putExpressionValue(":t", AttributeValue.fromN("7.5")).build();
    table.index("by-state").query(r -> r.queryConditional(QueryConditional.sortLessThan(k -> k.partitionValue("open").sortValue(20)))
        .filterExpression(cheap).scanIndexForward(false).limit(7)).forEach(page -> page.items().forEach(o -> out.add(o.getPlaced())));
    return out;
  }

  private static void refusals(DynamoDbEnhancedClient client, DynamoDbTable<Order> table, Map<String, Object> results) {
    try {
      table.putItem(PutItemEnhancedRequest.builder(Order.class).item(order("ada", 1, null, null)).conditionExpression(NEW)
          .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD).build());
    } catch (ConditionalCheckFailedException e) {
      results.put("old_state", table.tableSchema().mapToItem(e.item()).getState());
    }
    try {
      client.transactWriteItems(r -> r.addPutItem(table, order("eve", 1, null, null)).addConditionCheck(table, ConditionCheck.builder().key(ADA).conditionExpression(NEW).build()));
    } catch (TransactionCanceledException e) {
      results.put("reasons", e.cancellationReasons().stream().map(CancellationReason::code).toList());
    }
    try {
      client.table("nothing", TableSchema.fromBean(Order.class)).getItem(ADA);
    } catch (ResourceNotFoundException e) {
      results.put("missing_is_typed", true);
    }
  }

  private static void putMany(DynamoDbEnhancedClient client, DynamoDbTable<Order> table) {
    for (int from = 0; from < 50; from += 25) {
      WriteBatch.Builder<Order> batch = WriteBatch.builder(Order.class).mappedTableResource(table);
      for (int i = from; i < from + 25; i++) batch.addPutItem(order("bob", i, "open", i / 2.0));
      client.batchWriteItem(r -> r.writeBatches(batch.build()));
    }
  }

  private static Order updated(DynamoDbTable<Order> table) {
    Order changed = table.getItem(ADA);
    changed.setState("paid");
    changed.setTotal(changed.getTotal() + 1);
    changed.setTags(null);
    Expression unpaid = Expression.builder().expression("paid = :no").putExpressionValue(":no", AttributeValue.fromBool(false)).build();
    return table.updateItem(UpdateItemEnhancedRequest.builder(Order.class).item(changed).conditionExpression(unpaid).build());
  }

  public static void main(String[] args) throws Exception {
    String name = new Gson().fromJson(Files.readString(Path.of(args[0])), Map.class).get("name") + "-orders";
    Map<String, Object> results = new LinkedHashMap<>();
    try (DynamoDbClient plain = DynamoDbClient.create()) {
      DynamoDbEnhancedClient client = DynamoDbEnhancedClient.builder().dynamoDbClient(plain).build();
      DynamoDbTable<Order> table = client.table(name, TableSchema.fromBean(Order.class));
      table.createTable(r -> r.globalSecondaryIndices(EnhancedGlobalSecondaryIndex.builder().indexName("by-state").projection(p -> p.projectionType(ProjectionType.ALL)).build()));
      plain.waiter().waitUntilTableExists(r -> r.tableName(name));
      Order first = order("ada", 1, "open", 12.5);
      first.setTags(Set.of("new", "gift"));
      Address to = new Address();
      to.setTown("Ulm");
      to.setZip(89073);
      first.setTo(to);
      table.putItem(first);
      results.put("got", table.getItem(r -> r.key(ADA).consistentRead(true)));
      putMany(client, table);
      refusals(client, table, results);
      results.put("queried", queried(table));
      results.put("updated", updated(table));
      results.put("counted", table.scan(r -> r.limit(20)).items().stream().count());
      ReadBatch two = ReadBatch.builder(Order.class).mappedTableResource(table).addGetItem(ADA).addGetItem(Key.builder().partitionValue("bob").sortValue(7).build()).build();
      if (client.batchGetItem(r -> r.readBatches(two)).resultsForTable(table).stream().count() != 2) throw new IllegalStateException("a batch did not find both items");
      table.deleteTable();
      plain.waiter().waitUntilTableNotExists(r -> r.tableName(name));
    }
    System.out.println(new GsonBuilder().serializeNulls().create().toJson(results));
  }
}
