// What an authorise function found out and hands to the handler, one value per type: the key that an alias led to, so that the handler acts
// on exactly what was decided about although the alias was pointed elsewhere meanwhile. Lives as long as its call; when a call is decided
// again the findings are made anew, and who holds the old ones keeps them. Used by one thread at a time.
#pragma once
#include <memory>
#include <utility>
#include <vector>

namespace fogbank {

class Findings {
 public:
  template <class T> T& get() {
    for (auto& [tag, value] : values_) if (tag == tag_of<T>()) return *static_cast<T*>(value.get());
    auto made = std::make_shared<T>();
    T& out = *made;
    values_.emplace_back(tag_of<T>(), std::move(made));
    return out;
  }
  /// Null if there is none.
  template <class T> std::shared_ptr<const T> find() const {
    for (const auto& [tag, value] : values_) if (tag == tag_of<T>()) return std::static_pointer_cast<const T>(value);
    return nullptr;
  }
  void clear() { values_.clear(); }

 private:
  template <class T> static const void* tag_of() { static const char tag = 0; return &tag; }
  std::vector<std::pair<const void*, std::shared_ptr<void>>> values_;
};

}  // namespace fogbank
