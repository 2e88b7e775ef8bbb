// A deleter for handles of C libraries: std::unique_ptr<BIO, FreeWith<BIO_free>>.
#pragma once

namespace fogbank {

template <auto F> struct FreeWith { template <class T> void operator()(T* p) const { F(p); } };

}  // namespace fogbank
