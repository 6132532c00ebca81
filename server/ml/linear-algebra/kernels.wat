;; Inner loops of the reductions, over float64 rows of a matrix that lie `stride` bytes apart, two numbers at a time. Plain
;; multiplications and additions: a fused one would give other bytes on another machine. Pointers and sizes in bytes.
;; Compile: npx tsx tools/build-wasm.ts (writes the bytes in kernels-wasm-bytes.ts)
(module
  (import "host" "memory" (memory 1))

  ;; out[i] = row i . v; `bytes` is a multiple of 32
  (func (export "dots")
    (param $a i32) (param $stride i32) (param $rows i32) (param $v i32) (param $bytes i32) (param $out i32)
    (local $b i32) (local $c i32) (local $d i32) (local $k i32) (local $x v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (block $done
      (loop $four
        (br_if $done (i32.lt_s (local.get $rows) (i32.const 4)))
        (local.set $b (i32.add (local.get $a) (local.get $stride)))
        (local.set $c (i32.add (local.get $b) (local.get $stride)))
        (local.set $d (i32.add (local.get $c) (local.get $stride)))
        (local.set $s0 (v128.const f64x2 0 0))
        (local.set $s1 (v128.const f64x2 0 0))
        (local.set $s2 (v128.const f64x2 0 0))
        (local.set $s3 (v128.const f64x2 0 0))
        (local.set $k (i32.const 0))
        (loop $next
          (local.set $x (v128.load (i32.add (local.get $v) (local.get $k))))
          (local.set $s0 (f64x2.add (local.get $s0) (f64x2.mul (local.get $x) (v128.load (i32.add (local.get $a) (local.get $k))))))
          (local.set $s1 (f64x2.add (local.get $s1) (f64x2.mul (local.get $x) (v128.load (i32.add (local.get $b) (local.get $k))))))
          (local.set $s2 (f64x2.add (local.get $s2) (f64x2.mul (local.get $x) (v128.load (i32.add (local.get $c) (local.get $k))))))
          (local.set $s3 (f64x2.add (local.get $s3) (f64x2.mul (local.get $x) (v128.load (i32.add (local.get $d) (local.get $k))))))
          (local.set $x (v128.load offset=16 (i32.add (local.get $v) (local.get $k))))
          (local.set $s0 (f64x2.add (local.get $s0) (f64x2.mul (local.get $x) (v128.load offset=16 (i32.add (local.get $a) (local.get $k))))))
          (local.set $s1 (f64x2.add (local.get $s1) (f64x2.mul (local.get $x) (v128.load offset=16 (i32.add (local.get $b) (local.get $k))))))
          (local.set $s2 (f64x2.add (local.get $s2) (f64x2.mul (local.get $x) (v128.load offset=16 (i32.add (local.get $c) (local.get $k))))))
          (local.set $s3 (f64x2.add (local.get $s3) (f64x2.mul (local.get $x) (v128.load offset=16 (i32.add (local.get $d) (local.get $k))))))
          (br_if $next (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 32))) (local.get $bytes))))
        (f64.store (local.get $out) (f64.add (f64x2.extract_lane 0 (local.get $s0)) (f64x2.extract_lane 1 (local.get $s0))))
        (f64.store offset=8 (local.get $out) (f64.add (f64x2.extract_lane 0 (local.get $s1)) (f64x2.extract_lane 1 (local.get $s1))))
        (f64.store offset=16 (local.get $out) (f64.add (f64x2.extract_lane 0 (local.get $s2)) (f64x2.extract_lane 1 (local.get $s2))))
        (f64.store offset=24 (local.get $out) (f64.add (f64x2.extract_lane 0 (local.get $s3)) (f64x2.extract_lane 1 (local.get $s3))))
        (local.set $a (i32.add (local.get $d) (local.get $stride)))
        (local.set $out (i32.add (local.get $out) (i32.const 32)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 4)))
        (br $four)))
    (block $end
      (loop $one
        (br_if $end (i32.eqz (local.get $rows)))
        (local.set $s0 (v128.const f64x2 0 0))
        (local.set $s1 (v128.const f64x2 0 0))
        (local.set $k (i32.const 0))
        (loop $next
          (local.set $s0 (f64x2.add (local.get $s0) (f64x2.mul
            (v128.load (i32.add (local.get $v) (local.get $k))) (v128.load (i32.add (local.get $a) (local.get $k))))))
          (local.set $s1 (f64x2.add (local.get $s1) (f64x2.mul
            (v128.load offset=16 (i32.add (local.get $v) (local.get $k))) (v128.load offset=16 (i32.add (local.get $a) (local.get $k))))))
          (br_if $next (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 32))) (local.get $bytes))))
        (local.set $s0 (f64x2.add (local.get $s0) (local.get $s1)))
        (f64.store (local.get $out) (f64.add (f64x2.extract_lane 0 (local.get $s0)) (f64x2.extract_lane 1 (local.get $s0))))
        (local.set $a (i32.add (local.get $a) (local.get $stride)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $one))))

  ;; out += sum over i of c[i] row i; `bytes` is a multiple of 64
  (func (export "combine")
    (param $a i32) (param $stride i32) (param $rows i32) (param $c i32) (param $bytes i32) (param $out i32)
    (local $end i32) (local $row i32) (local $i i32) (local $w v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (if (i32.eqz (local.get $rows)) (then (return)))
    (local.set $end (i32.add (local.get $out) (local.get $bytes)))
    (loop $strip
      (local.set $s0 (v128.load (local.get $out)))
      (local.set $s1 (v128.load offset=16 (local.get $out)))
      (local.set $s2 (v128.load offset=32 (local.get $out)))
      (local.set $s3 (v128.load offset=48 (local.get $out)))
      (local.set $row (local.get $a))
      (local.set $i (i32.const 0))
      (loop $next
        (local.set $w (v128.load64_splat (i32.add (local.get $c) (i32.shl (local.get $i) (i32.const 3)))))
        (local.set $s0 (f64x2.add (local.get $s0) (f64x2.mul (local.get $w) (v128.load (local.get $row)))))
        (local.set $s1 (f64x2.add (local.get $s1) (f64x2.mul (local.get $w) (v128.load offset=16 (local.get $row)))))
        (local.set $s2 (f64x2.add (local.get $s2) (f64x2.mul (local.get $w) (v128.load offset=32 (local.get $row)))))
        (local.set $s3 (f64x2.add (local.get $s3) (f64x2.mul (local.get $w) (v128.load offset=48 (local.get $row)))))
        (local.set $row (i32.add (local.get $row) (local.get $stride)))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $rows))))
      (v128.store (local.get $out) (local.get $s0))
      (v128.store offset=16 (local.get $out) (local.get $s1))
      (v128.store offset=32 (local.get $out) (local.get $s2))
      (v128.store offset=48 (local.get $out) (local.get $s3))
      (local.set $a (i32.add (local.get $a) (i32.const 64)))
      (br_if $strip (i32.lt_u (local.tee $out (i32.add (local.get $out) (i32.const 64))) (local.get $end)))))

  ;; row i += scale c[i] v; `bytes` is a multiple of 32
  (func (export "addOuter")
    (param $a i32) (param $stride i32) (param $rows i32) (param $c i32) (param $v i32) (param $bytes i32) (param $scale f64)
    (local $k i32) (local $w v128) (local $at i32)
    (block $done
      (loop $row
        (br_if $done (i32.eqz (local.get $rows)))
        (local.set $w (f64x2.splat (f64.mul (local.get $scale) (f64.load (local.get $c)))))
        (local.set $k (i32.const 0))
        (loop $next
          (local.set $at (i32.add (local.get $a) (local.get $k)))
          (v128.store (local.get $at) (f64x2.add (v128.load (local.get $at))
            (f64x2.mul (local.get $w) (v128.load (i32.add (local.get $v) (local.get $k))))))
          (v128.store offset=16 (local.get $at) (f64x2.add (v128.load offset=16 (local.get $at))
            (f64x2.mul (local.get $w) (v128.load offset=16 (i32.add (local.get $v) (local.get $k))))))
          (br_if $next (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 32))) (local.get $bytes))))
        (local.set $a (i32.add (local.get $a) (local.get $stride)))
        (local.set $c (i32.add (local.get $c) (i32.const 8)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $row))))

  ;; Rows of float32 features to columns of centred float64: out[j][i] = in[i][j] - mean[j] for i < rows, j < columns, both even,
  ;; and sums[j] += sum over i of out[j][i]. `inStride` and `outStride` are the bytes of a row of each.
  (func (export "centreTransposed")
    (param $in i32) (param $inStride i32) (param $mean i32) (param $sums i32)
    (param $out i32) (param $outStride i32) (param $rows i32) (param $columns i32)
    (local $from i32) (local $to i32) (local $i i32) (local $m v128) (local $x v128) (local $y v128) (local $s v128)
    (loop $column
      (local.set $m (v128.load (local.get $mean)))
      (local.set $s (v128.load (local.get $sums)))
      (local.set $from (local.get $in))
      (local.set $to (local.get $out))
      (local.set $i (i32.const 0))
      (loop $row
        (local.set $x (f64x2.sub (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $from))) (local.get $m)))
        (local.set $y (f64x2.sub (f64x2.promote_low_f32x4
          (v128.load64_zero (i32.add (local.get $from) (local.get $inStride)))) (local.get $m)))
        (local.set $s (f64x2.add (local.get $s) (f64x2.add (local.get $x) (local.get $y))))
        (v128.store (local.get $to)
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $x) (local.get $y)))
        (v128.store (i32.add (local.get $to) (local.get $outStride))
          (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $x) (local.get $y)))
        (local.set $from (i32.add (local.get $from) (i32.shl (local.get $inStride) (i32.const 1))))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (br_if $row (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 2))) (local.get $rows))))
      (v128.store (local.get $sums) (local.get $s))
      (local.set $sums (i32.add (local.get $sums) (i32.const 16)))
      (local.set $in (i32.add (local.get $in) (i32.const 8)))
      (local.set $mean (i32.add (local.get $mean) (i32.const 16)))
      (local.set $out (i32.add (local.get $out) (i32.shl (local.get $outStride) (i32.const 1))))
      (br_if $column (i32.gt_s (local.tee $columns (i32.sub (local.get $columns) (i32.const 2))) (i32.const 0))))))
