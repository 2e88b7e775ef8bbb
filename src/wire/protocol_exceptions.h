// Vectors that our readers and writers do not meet, each with the reason. Used by protocol_test.cc only.
#pragma once
#include <string_view>

namespace fogbank::wire {

struct ProtocolException { std::string_view id, reason; };

inline constexpr std::string_view kEndpoint = "the client's endpoint has a path of its own, which our server never sees";
inline constexpr std::string_view kCompressed = "the body is compressed by the client; the vector leaves it out or adds the header itself";
inline constexpr std::string_view kToken = "the client makes up the token; it is not in the values passed";
inline constexpr std::string_view kEmpty = "an empty list, map or set of headers has no form on this wire and reads as absent";
inline constexpr std::string_view kNamedTwice = "the vector's client passes named parameters in the map too; our map holds those that no member names";
inline constexpr std::string_view kChecksum = "the checksum is added by the client's transport";
inline constexpr std::string_view kEmptyHeader = "an empty header is not sent and reads as absent";
inline constexpr std::string_view kEmptyObject = "the client sends {} for an absent payload, which reads as a present empty structure";
inline constexpr std::string_view kNoInput = "an operation without input and one with an empty input are the same to us; both send no body";
inline constexpr std::string_view kEc2Type = "the other ec2 vectors have text/xml;charset=UTF-8, as the service does";
inline constexpr std::string_view kRequestHeader = "the vector lists a request's header in an answer";
inline constexpr std::string_view kRequestId = "the request id's header is written by the gateway";
inline constexpr std::string_view kQueryStatus = "the modelled status counts for the query protocol only in this vector; the services use it in all (SQS answers 404 in JSON)";
inline constexpr std::string_view kAllHeaders = "a prefix of no characters takes all headers of the message, ours among them";
inline constexpr std::string_view kNullKept = "null entries of a map are kept: the model does not say which maps are dense";
inline constexpr std::string_view kNoBody = "an answer without body has no Content-Type, as S3 answers";
inline constexpr std::string_view kBlobType = "a Content-Type made up for a blob reads as the member that has this header";
inline constexpr std::string_view kBadModel = "the vector's model calls a map a string";
inline constexpr std::string_view kUnknownError = "the vector's answer has headers that its model does not know";
inline constexpr std::string_view kOffset = "we write times as UTC with Z";

inline constexpr ProtocolException kExceptions[] = {
    {"input/ec2/Ec2QueryHostWithPath", kEndpoint},
    {"input/ec2/SDKAppliedContentEncoding_ec2Query", kCompressed},
    {"input/ec2/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query", kCompressed},
    {"input/ec2/Ec2ProtocolIdempotencyTokenAutoFill", kToken},
    {"input/ec2/Ec2EmptyQueryLists", kEmpty},
    {"input/json/AwsJson11HostWithPath", kEndpoint},
    {"input/json/SDKAppliedContentEncoding_awsJson1_1", kCompressed},
    {"input/json/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1", kCompressed},
    {"input/json_1_0/AwsJson10HostWithPath", kEndpoint},
    {"input/json_1_0/SDKAppliedContentEncoding_awsJson1_0", kCompressed},
    {"input/json_1_0/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0", kCompressed},
    {"input/query/QueryHostWithPath", kEndpoint},
    {"input/query/SDKAppliedContentEncoding_awsQuery", kCompressed},
    {"input/query/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery", kCompressed},
    {"input/query/QueryProtocolIdempotencyTokenAutoFill", kToken},
    {"input/query/QueryEmptyQueryMaps", kEmpty},
    {"input/rest-json/RestJsonAllQueryStringTypes", kNamedTwice},
    {"input/rest-json/RestJsonQueryStringEscaping", kNamedTwice},
    {"input/rest-json/RestJsonSupportsNaNFloatQueryValues", kNamedTwice},
    {"input/rest-json/RestJsonSupportsInfinityFloatQueryValues", kNamedTwice},
    {"input/rest-json/RestJsonSupportsNegativeInfinityFloatQueryValues", kNamedTwice},
    {"input/rest-json/RestJsonZeroAndFalseQueryValues", kNamedTwice},
    {"input/rest-json/RestJsonHostWithPath", kEndpoint},
    {"input/rest-json/RestJsonHttpChecksumRequired", kChecksum},
    {"input/rest-json/RestJsonHttpPrefixHeadersAreNotPresent", kEmpty},
    {"input/rest-json/RestJsonNullAndEmptyHeaders", kEmptyHeader},
    {"input/rest-json/RestJsonOmitsEmptyListQueryValues", kEmpty},
    {"input/rest-json/SDKAppliedContentEncoding_restJson1", kCompressed},
    {"input/rest-json/SDKAppendedGzipAfterProvidedEncoding_restJson1", kCompressed},
    {"input/rest-json/RestJsonQueryIdempotencyTokenAutoFill", kToken},
    {"input/rest-json/RestJsonQueryPrecedence", kNamedTwice},
    {"input/rest-json/RestJsonHttpWithEmptyStructurePayload", kEmptyObject},
    {"input/rest-json/RestJsonHttpWithHeadersButNoPayload", kEmptyObject},
    {"input/rest-xml/HttpPrefixHeadersAreNotPresent", kEmpty},
    {"input/rest-xml/NullAndEmptyHeaders", kEmptyHeader},
    {"input/rest-xml/SDKAppliedContentEncoding_restXml", kCompressed},
    {"input/rest-xml/SDKAppendedGzipAfterProvidedEncoding_restXml", kCompressed},
    {"input/rest-xml/QueryIdempotencyTokenAutoFill", kToken},
    {"input/rest-xml/RestXmlQueryPrecedence", kNamedTwice},
    {"input/smithy-rpc-v2-cbor/empty_input", kNoInput},
    {"output/ec2/Ec2XmlEmptyLists", kEc2Type},
    {"output/json/AwsJson11IntEnums", kRequestHeader},
    {"output/json/parses_the_request_id_from_the_response", kRequestId},
    {"output/json_1_0-query-compatible/QueryCompatibleAwsJson10CustomCodeError", kQueryStatus},
    {"output/rest-json/HttpPrefixHeadersResponse", kAllHeaders},
    {"output/rest-json/RestJsonDeserializesDenseSetMapAndSkipsNull", kNullKept},
    {"output/rest-xml/HttpPrefixHeadersAreNotPresent", kEmpty},
    {"output/rest-xml/RestXmlHttpResponseCode", kNoBody},
    {"output/smithy-rpc-v2-cbor-query-compatible/QueryCompatibleRpcV2CborCustomCodeError", kQueryStatus},
    {"output/smithy-rpc-v2-cbor/RpcV2CborDeserializesDenseSetMapAndSkipsNull", kNullKept},
    {"legacy/input/ec2/8.1", kToken},
    {"legacy/input/json/6.1", kToken},
    {"legacy/input/query/12.1", kToken},
    {"legacy/input/rest-json/13.1", kEmptyObject},
    {"legacy/input/rest-json/19.1", kToken},
    {"legacy/input/rest-json/25.2", kEmptyObject},
    {"legacy/input/rest-json/25.4", kEmptyObject},
    {"legacy/input/rest-json/25.6", kBlobType},
    {"legacy/input/rest-json/25.7", kBlobType},
    {"legacy/input/rest-json/26.1", kEmpty},
    {"legacy/input/rest-xml/23.1", kToken},
    {"legacy/input/rest-xml/26.1", kEmpty},
    {"legacy/output/json/3.1", kBadModel},
    {"legacy/output/json/7.2", kUnknownError},
    {"legacy/output/rest-json/2.0", kOffset},
    {"legacy/output/rest-json/9.0", kAllHeaders},
    {"legacy/output/rest-json/13.3", kUnknownError},
    {"legacy/output/rest-json/13.4", kUnknownError},
    {"legacy/output/rest-json/13.5", kUnknownError},
    {"legacy/output/rest-json/13.6", kUnknownError},
    {"legacy/output/rest-xml/15.0", kRequestId},
    {"legacy/output/rest-xml/15.1", kUnknownError},
    {"legacy/output/rest-xml/15.2", kUnknownError},
};

}  // namespace fogbank::wire
