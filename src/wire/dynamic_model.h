// For tests: API models made while the program runs, from the same JSON that the generator reads, and values of their shapes from JSON.
// Everything lives in the model's arena. Not part of the library (its .cc ends in _test).
#pragma once
#include <map>
#include <string>

#include "base/arena.h"
#include "wire/model.h"

namespace fogbank::wire {

/// A JSON text as a document; its root is null if the text is not JSON.
const Document* parse_document(std::string_view json, Arena& arena);
/// The file's text, or nothing.
std::string read_file(const std::string& path);
/// Member of an object, or null.
const Document* get(const Document* object, std::string_view name);
std::string_view get_text(const Document* object, std::string_view name, std::string_view otherwise = {});
bool get_flag(const Document* object, std::string_view name);

class DynamicModel {
 public:
  /// `metadata` and `shapes` as in botocore's models.
  DynamicModel(const Document* metadata, const Document* shapes);

  Protocol protocol() const { return protocol_; }
  const Service& service() const { return service_; }
  const Shape* shape(std::string_view name);
  Operation operation(const Document* given);
  Arena& arena() { return arena_; }

  /// A struct of `shape` from the values of a test: timestamps are epoch seconds, blobs plain text, null is absent.
  void* value(const Shape& shape, const Document* from);
  void fill(const Shape& shape, const Document* from, void* slot, bool element, bool json_text = false);

 private:
  void build(Shape& out, std::string_view name, const Document* def);
  Field field(std::string_view name, const Document* member);
  const Shape* element(const Document* ref);
  const char* keep(std::string_view s);
  const char* keep_or_null(const Document* object, std::string_view name);

  Arena arena_;
  const Document* shapes_;
  Protocol protocol_ = Protocol::json_1_1;
  Service service_{};
  std::map<std::string, Shape*, std::less<>> built_;
};

/// Where two values of a shape differ ("" if they are equal): maps in any order, NaN equal to itself.
std::string difference(const Shape& shape, const void* a, const void* b, bool element = true, const std::string& path = "$");

}  // namespace fogbank::wire
